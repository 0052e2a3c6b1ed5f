"""Lambda entry point: send one test event through EventBridge and find it again, every day."""

from watchkeeper.canary.flight import fly_canary
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import EventbridgeCanarySettings

handler = scheduled_handler("eventbridge_canary", EventbridgeCanarySettings, fly_canary)
