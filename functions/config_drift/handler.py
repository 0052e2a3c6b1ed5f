"""Compare parameters and rules with what was approved; started daily."""

from functools import partial

from watchkeeper.backup.drift import compare_configuration
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import ConfigDriftSettings
from watchkeeper.workloads.storytailor.metrics_configuration import CONFIGURATION_DRIFT

handler = scheduled_handler(
    "config_drift", ConfigDriftSettings, partial(compare_configuration, metric=CONFIGURATION_DRIFT)
)
