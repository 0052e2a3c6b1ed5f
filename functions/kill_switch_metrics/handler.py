"""Lambda entry point: tell the state of every kill switch and rule, every quarter of an hour."""

from watchkeeper.collection.control import read_control
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import KillSwitchMetricsSettings

handler = scheduled_handler("kill_switch_metrics", KillSwitchMetricsSettings, read_control)
