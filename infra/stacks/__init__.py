"""The stacks: what survives, whom to tell, what runs, and one for each workload's alarms."""
