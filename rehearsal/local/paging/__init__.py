"""Live paging: CloudWatch's part played on the stage, up to the page in an inbox."""
