"""Rehearsing: real handlers on a simulated clock, and what the alarms make of their metrics."""
