"""Lambda entry point: count what people override of the pipelines, every hour."""

from watchkeeper.collection.overrides import count_overrides
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import OverrideMetricsSettings

handler = scheduled_handler("override_metrics", OverrideMetricsSettings, count_overrides)
