"""What the alarms did in a period: which fired, how often, for how long, and which flapped."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from watchkeeper.reports.cloudwatch import pages
from watchkeeper.reports.period import Period

ALARM = "ALARM"
ALARM_TYPES = ["MetricAlarm", "CompositeAlarm"]
PAGE_SIZE = 100
# "PutMetricAlarm" history is kept so long (CloudWatch User Guide, "Alarms").
KEPT = timedelta(days=30)
# An alarm flaps that fires so often within a day, or again so soon after it recovered.
FLAPS_IN_A_DAY = 3
FLAPS_WITHIN = timedelta(minutes=10)
SEVERITIES = {"critical": "P1", "high": "P2", "warning": "P3", "info": "P4"}


@dataclass(frozen=True, kw_only=True)
class AlarmNames:
    """Tell the alarms of a workload and environment from all others of the account."""

    prefix: str
    suffix: str

    def have(self, name: str) -> bool:
        """Tell whether an alarm is one of them."""
        return name.startswith(self.prefix) and name.endswith(self.suffix)

    def short(self, name: str) -> str:
        """Give what tells an alarm from the others of them."""
        return name.removeprefix(self.prefix).removesuffix(self.suffix)


@dataclass(frozen=True, kw_only=True)
class Change:
    """Be one change of an alarm's state."""

    at: datetime
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Be an alarm as it stands now; `severity` is that of whom it notifies, empty for nobody."""

    severity: str
    state: str


@dataclass(frozen=True, kw_only=True)
class Firing:
    """Be a stretch of time in ALARM, as far as it lies in the period."""

    since: datetime
    until: datetime
    began_before: bool
    goes_on: bool


@dataclass(frozen=True, kw_only=True)
class AlarmStory:
    """Be what one alarm did in a period; `name` without what all names have in common."""

    name: str
    severity: str
    firings: tuple[Firing, ...]

    @property
    def times(self) -> int:
        """Count how often it went to ALARM in the period."""
        return sum(not firing.began_before for firing in self.firings)

    @property
    def seconds(self) -> float:
        """Add up how long it was in ALARM."""
        return sum((each.until - each.since).total_seconds() for each in self.firings)

    @property
    def goes_on(self) -> bool:
        """Tell whether it was in ALARM at the end of the period."""
        return any(firing.goes_on for firing in self.firings)

    @property
    def flapped(self) -> bool:
        """Tell whether it fired three times within a day, or again within ten minutes."""
        starts = [each.since for each in self.firings if not each.began_before]
        crowded = zip(starts, starts[FLAPS_IN_A_DAY - 1 :], strict=False)
        returned = zip(self.firings, self.firings[1:], strict=False)
        return any(last - first < timedelta(days=1) for first, last in crowded) or any(
            later.since - earlier.until <= FLAPS_WITHIN for earlier, later in returned
        )


def read_stories(
    cloudwatch: Any, names: AlarmNames, period: Period, now: datetime
) -> tuple[AlarmStory, ...]:
    """Read what every alarm did that was in ALARM at any time of a period; the longest first."""
    alarms = _read_alarms(cloudwatch, names)
    changes = _read_changes(cloudwatch, names, period.since, now)
    stories = [
        AlarmStory(
            name=names.short(name),
            severity=alarms[name].severity if name in alarms else "",
            firings=tuple(find_firings(changes[name], _state(alarms.get(name)), period)),
        )
        for name in sorted(alarms.keys() | changes.keys())
        # Children of other alarms notify nobody: their parents tell the same story.
        if name not in alarms or alarms[name].severity
    ]
    return tuple(sorted((s for s in stories if s.firings), key=lambda each: -each.seconds))


def find_firings(changes: Sequence[Change], state_now: str, period: Period) -> Iterator[Firing]:
    """Yield the stretches in ALARM within a period; `changes` go from its start up to now."""
    state = changes[0].old if changes else state_now
    since, began_before = period.since, True
    for change in changes:
        if change.at >= period.until:
            break
        if state == ALARM and change.new != ALARM:
            yield Firing(since=since, until=change.at, began_before=began_before, goes_on=False)
        if state != ALARM and change.new == ALARM:
            since, began_before = change.at, False
        state = change.new
    if state == ALARM:
        yield Firing(since=since, until=period.until, began_before=began_before, goes_on=True)


def _state(alarm: Alarm | None) -> str:
    return alarm.state if alarm else ""


def _read_alarms(cloudwatch: Any, names: AlarmNames) -> Mapping[str, Alarm]:
    found: dict[str, Alarm] = {}
    for page in pages(
        cloudwatch.describe_alarms,
        AlarmNamePrefix=names.prefix,
        AlarmTypes=ALARM_TYPES,
        MaxRecords=PAGE_SIZE,
    ):
        for each in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ())):
            if names.have(each["AlarmName"]):
                found[each["AlarmName"]] = Alarm(
                    severity=_severity(each.get("AlarmActions", ())), state=each["StateValue"]
                )
    return found


def _severity(actions: Sequence[str]) -> str:
    """Name the most urgent severity among the topics `…-<severity>-alerts…`."""
    topics = [action.rpartition(":")[2] for action in actions]
    found = [
        severity
        for word, severity in SEVERITIES.items()
        if any(f"-{word}-alerts" in topic for topic in topics)
    ]
    return min(found, default="")


def _read_changes(
    cloudwatch: Any, names: AlarmNames, since: datetime, now: datetime
) -> defaultdict[str, list[Change]]:
    found: defaultdict[str, list[Change]] = defaultdict(list)
    for page in pages(
        cloudwatch.describe_alarm_history,
        AlarmTypes=ALARM_TYPES,
        HistoryItemType="StateUpdate",
        StartDate=since,
        EndDate=now,
        ScanBy="TimestampAscending",
        MaxRecords=PAGE_SIZE,
    ):
        for item in page.get("AlarmHistoryItems", ()):
            if names.have(item["AlarmName"]):
                found[item["AlarmName"]].append(_change(item))
    return found


def _change(item: Mapping[str, Any]) -> Change:
    data = json.loads(item["HistoryData"])
    return Change(
        at=item["Timestamp"],
        old=data["oldState"]["stateValue"],
        new=data["newState"]["stateValue"],
    )
