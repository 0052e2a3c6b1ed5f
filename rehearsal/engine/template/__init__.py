"""CloudFormation templates read as what they deploy: alarms, topics, functions, filters, rules."""
