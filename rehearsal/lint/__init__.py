"""Design rules for alarms: what a template can be told before anybody is paged by it, or is not.

Works on any deployment that the engine's template reader has read. What a template cannot tell
(which metrics exist, how often they come, runbooks, a budget) comes from a facts file; without it
the rules that need it say so instead of passing.
"""
