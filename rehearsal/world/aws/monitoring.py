"""CloudWatch as reports read it: alarms, their history, and sums of metrics.

Of a rehearsal's own alarms nothing is told: they are evaluated after its functions have run.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rehearsal.world.aws.wire import Answer, Call, refuse_unknown, to_answer

PAGE_SIZE = 100
# Gives the sum of a metric: its name, its statistic, its dimensions.
Sums = Callable[[str, str, Mapping[str, str]], float]


@dataclass(frozen=True, kw_only=True)
class StateChange:
    """Be one entry of an alarm's history; `at` in seconds since 1970."""

    alarm: str
    at: float
    old: str
    new: str

    def to_item(self) -> Mapping[str, Any]:
        """Write the entry as CloudWatch does."""
        states = {"oldState": {"stateValue": self.old}, "newState": {"stateValue": self.new}}
        return {
            "AlarmName": self.alarm,
            "Timestamp": self.at,
            "HistoryItemType": "StateUpdate",
            "HistoryData": json.dumps({"version": "1.0", **states}),
        }


def no_sums(_metric: str, _statistic: str, _dimensions: Mapping[str, str]) -> float:
    """Have counted nothing."""
    return 0.0


@dataclass(kw_only=True)
class Monitoring:
    """Answer `DescribeAlarms`, `DescribeAlarmHistory` and `GetMetricData`.

    `alarms` are metric alarms as CloudWatch describes them.
    """

    alarms: Sequence[Mapping[str, Any]] = ()
    changes: Sequence[StateChange] = ()
    sums: Sums = field(default=no_sums)

    def __call__(self, call: Call) -> Answer:
        """Answer a call to CloudWatch."""
        document = call.document
        match call.operation:
            case "DescribeAlarms":
                found = [
                    each
                    for each in self.alarms
                    if str(each["AlarmName"]).startswith(document["AlarmNamePrefix"])
                ]
                return _page("MetricAlarms", found, document)
            case "DescribeAlarmHistory":
                since, until = document["StartDate"], document["EndDate"]
                kept = sorted(self.changes, key=lambda change: change.at)
                items = [each.to_item() for each in kept if since <= each.at <= until]
                return _page("AlarmHistoryItems", items, document)
            case "GetMetricData":
                results = [self._result(query) for query in document["MetricDataQueries"]]
                return to_answer({"MetricDataResults": results})
            case _:
                return refuse_unknown("cloudwatch", call)

    def _result(self, query: Mapping[str, Any]) -> Mapping[str, Any]:
        stat = query["MetricStat"]
        dimensions = {each["Name"]: each["Value"] for each in stat["Metric"]["Dimensions"]}
        found = self.sums(stat["Metric"]["MetricName"], stat["Stat"], dimensions)
        values = [found] if found else []
        return {"Id": query["Id"], "Values": values, "Timestamps": [0] * len(values)}


def _page(name: str, items: Sequence[Mapping[str, Any]], document: Mapping[str, Any]) -> Answer:
    start = int(document.get("NextToken", 0))
    end = start + min(PAGE_SIZE, document.get("MaxRecords", PAGE_SIZE))
    more = {"NextToken": str(end)} if end < len(items) else {}
    return to_answer({name: items[start:end], **more})
