"""The rule set that both contenders of the alarm_evaluation benchmark judge."""
