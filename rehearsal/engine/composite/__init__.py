"""Alarms over other alarms: the rule's grammar, their order, suppression and mute windows."""
