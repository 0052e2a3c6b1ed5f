"""What a datapoint is: one or more values of one series at one time."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.definitions.metric import MetricSeries

# PutMetricData takes timestamps from two weeks back (CloudWatch API reference). A margin is kept
# because the log event is ingested some time after it was written.
OLDEST_ACCEPTED = timedelta(days=13)


@dataclass(frozen=True, kw_only=True)
class Datapoint:
    """Hold values of a series in its metric's unit at a time (aware, UTC).

    A counter's or gauge's datapoint has one value; a distribution's has one for each sample.
    """

    series: MetricSeries
    values: tuple[float, ...]
    timestamp: datetime

    def __post_init__(self) -> None:
        """Refuse empty, infinite and timeless datapoints: CloudWatch would drop them silently."""
        if not self.values or not all(map(math.isfinite, self.values)):
            raise DefinitionError(
                f"{self.series}: values {self.values[:3]}…, expected one or more finite numbers"
            )
        if self.timestamp.utcoffset() is None:
            raise DefinitionError(f"{self.series}: timestamp {self.timestamp} has no time zone")
