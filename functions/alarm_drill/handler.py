"""Lambda entry point: send a test page down every topic of the alarms, each quarter."""

from watchkeeper.drill.job import drill_alarms
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import AlarmDrillSettings

handler = scheduled_handler("alarm_drill", AlarmDrillSettings, drill_alarms)
