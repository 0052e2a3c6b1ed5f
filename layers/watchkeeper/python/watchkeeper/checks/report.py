"""What became of one check in one run, as datapoints and as a line for the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from watchkeeper.definitions.check import CheckDefinition
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.metric import MetricDefinition


class Status(StrEnum):
    """How a check ended: its target is well, its target is sick, or the checker is broken."""

    PASSED = "passed"
    SICK = "sick"
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True)
class HealthMetrics:
    """Name the two metrics that the results of a workload's checks become."""

    passed: MetricDefinition
    latency: MetricDefinition


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """Say how a check ended, why, and how long it and its phases took.

    `reason` and `first_error` hold no secrets. `first_error` is why the first try failed when
    there was a second. `details` is what the target said of itself, such as its version.
    """

    check: CheckDefinition
    status: Status
    reason: str = ""
    first_error: str = ""
    seconds: float = 0.0
    phase_seconds: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)

    def datapoints(
        self, metrics: HealthMetrics, environment: str, now: datetime
    ) -> tuple[Datapoint, ...]:
        """Give the datapoints of the check; none when it is broken.

        A broken check has nothing to say about its target, neither 0 nor 1: its silence is what
        the alarm on missing data is for.
        """
        if self.status is Status.BROKEN:
            return ()
        name = self.check.name
        values = [
            (metrics.passed, name, float(self.status is Status.PASSED)),
            (metrics.latency, name, self.seconds * 1000),
            *(
                (metrics.latency, f"{name}-{phase}", seconds * 1000)
                for phase, seconds in self.phase_seconds.items()
            ),
        ]
        return tuple(
            Datapoint(
                series=metric.series(Environment=environment, Check=label),
                values=(value,),
                timestamp=now,
            )
            for metric, label, value in values
        )

    @property
    def verdict(self) -> str:
        """Say in one line how the check ended and why."""
        return f"{self.status.value}: {self.reason}" if self.reason else self.status.value

    @property
    def log_fields(self) -> dict[str, object]:
        """Give what the log says of the check; what is empty is left out."""
        fields: dict[str, object] = {
            "check": self.check.name,
            "status": self.status.value,
            "reason": self.reason,
            "first_error": self.first_error,
            "milliseconds": round(self.seconds * 1000, 1),
            "phase_milliseconds": {
                phase: round(seconds * 1000, 1) for phase, seconds in self.phase_seconds.items()
            },
            "details": {name: value for name, value in self.details.items() if value},
        }
        return {name: value for name, value in fields.items() if value not in ("", {})}
