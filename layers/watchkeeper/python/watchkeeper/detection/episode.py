"""When an anomaly begins and ends: one that pauses is the same one."""

from watchkeeper.detection.history import SLOTS_AN_HOUR

# So long nothing must be seen for an anomaly to be over.
QUIET_SLOTS = SLOTS_AN_HOUR
