"""Turn definitions into CloudFormation; nothing here knows a workload by its name."""
