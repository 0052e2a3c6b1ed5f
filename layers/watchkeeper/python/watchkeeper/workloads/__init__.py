"""Everything watched, one folder a workload; workloads never import one another."""
