"""Writing datapoints where CloudWatch picks them up."""
