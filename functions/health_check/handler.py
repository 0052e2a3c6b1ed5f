"""Lambda entry point: check the health of all that the environment names, every five minutes."""

from functools import partial

from watchkeeper.checks.report import HealthMetrics
from watchkeeper.checks.runner import run_checks
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import HealthCheckSettings
from watchkeeper.workloads.storytailor.metrics import CHECK_LATENCY, CHECK_PASSED

METRICS = HealthMetrics(passed=CHECK_PASSED, latency=CHECK_LATENCY)

handler = scheduled_handler(
    "health_check", HealthCheckSettings, partial(run_checks, metrics=METRICS)
)
