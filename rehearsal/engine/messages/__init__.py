"""What CloudWatch says of a change: reasons, SNS messages, EventBridge events, Lambda payloads."""
