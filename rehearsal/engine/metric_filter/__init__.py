"""Log filter patterns, and the metrics that metric filters make of the lines they match."""
