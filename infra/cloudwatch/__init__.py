"""The only code that turns definitions into CloudWatch metrics, alarms and widgets."""
