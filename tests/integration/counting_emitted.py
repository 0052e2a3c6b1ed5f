"""What EMF lines say of a test's environment, added up."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.integration.counting_account import ENVIRONMENT

GAUGES = {"MinutesSinceLastExecution", "MinutesOverdue", "MinutesBehind"}


@dataclass(frozen=True, order=True)
class Place:
    """Name one minute of one series, dimensions as `PipelineType=other` without Environment."""

    metric: str
    labels: str
    minute: datetime


@dataclass
class Emitted:
    """Hold what real EMF lines say, added up as CloudWatch would."""

    sums: Counter[Place] = field(default_factory=Counter)
    samples: defaultdict[Place, Counter[float]] = field(
        default_factory=lambda: defaultdict(Counter)
    )

    @classmethod
    def parse(cls, text: str) -> "Emitted":
        """Read EMF lines."""
        emitted = cls()
        for line in text.splitlines():
            emitted.add(json.loads(line))
        return emitted

    def add(self, document: Mapping[str, Any]) -> None:
        """Add one EMF document."""
        seconds = document["_aws"]["Timestamp"] // 60_000 * 60
        for directive in document["_aws"]["CloudWatchMetrics"]:
            (names,) = directive["Dimensions"]
            assert document["Environment"] == ENVIRONMENT
            labels = ",".join(
                f"{name}={document[name]}" for name in sorted(names) if name != "Environment"
            )
            for metric in directive["Metrics"]:
                values = document[metric["Name"]]
                place = Place(metric["Name"], labels, datetime.fromtimestamp(seconds, UTC))
                for value in values if isinstance(values, list) else [values]:
                    self.sums[place] += value
                    self.samples[place][value] += 1

    def of(self, metric: str, labels: str = "") -> dict[str, float]:
        """Return the sums of one series, except zeros, by `hour:minute`."""
        return {
            f"{place.minute:%H:%M}": value
            for place, value in sorted(self.sums.items())
            if (place.metric, place.labels) == (metric, labels) and value
        }

    def total(self, metric: str, labels: str = "") -> float:
        """Return the sum of one series over all time."""
        return sum(self.of(metric, labels).values())

    def everything(self) -> dict[str, float]:
        """Return every sum but zeros, by `Metric{labels} hour:minute`, the gauges left out."""
        return {
            f"{place.metric}{{{place.labels}}} {place.minute:%H:%M}": value
            for place, value in sorted(self.sums.items())
            if value and place.metric not in GAUGES
        }

    def values(self, metric: str, labels: str = "") -> list[float]:
        """Return every value of one series, in order."""
        found = [
            value
            for place, values in self.samples.items()
            if (place.metric, place.labels) == (metric, labels)
            for value in values.elements()
        ]
        return sorted(found)

    def labels(self, metric: str) -> set[str]:
        """List the dimensions under which a metric was emitted."""
        return {place.labels for place in self.sums if place.metric == metric}
