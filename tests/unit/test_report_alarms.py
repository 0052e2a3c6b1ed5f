"""What a history of alarm states amounts to: times, lengths, flapping."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from watchkeeper.definitions.errors import ReportPartError
from watchkeeper.reports.alarm_history import (
    AlarmNames,
    AlarmStory,
    Change,
    find_firings,
    read_stories,
)
from watchkeeper.reports.cloudwatch import MAX_PAGES, pages
from watchkeeper.reports.period import Period

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
PERIOD = Period(since=SINCE, until=SINCE + timedelta(days=2))
NAMES = AlarmNames(prefix="storytailor-", suffix="-test")
States = Sequence[tuple[float, str]]


def story(*states: tuple[float, str], first: str = "OK", now: str = "OK") -> AlarmStory:
    """Tell what an alarm did whose state changed at some minutes of the period."""
    changes, old = [], first
    for minute, new in states:
        changes.append(Change(at=SINCE + timedelta(minutes=minute), old=old, new=new))
        old = new
    firings = tuple(find_firings(changes, now, PERIOD))
    return AlarmStory(name="it", severity="P2", firings=firings)


DAY = 24 * 60


@pytest.mark.parametrize(
    ("found", "times", "minutes", "goes_on"),
    [
        (story(), 0, 0, False),
        (story((10, "ALARM"), (25, "OK")), 1, 15, False),
        (story((10, "ALARM"), (25, "INSUFFICIENT_DATA")), 1, 15, False),
        (story((10, "INSUFFICIENT_DATA"), (25, "OK")), 0, 0, False),
        (story((10, "ALARM")), 1, 2 * DAY - 10, True),
        (story((25, "OK"), first="ALARM"), 0, 25, False),
        (story(now="ALARM"), 0, 2 * DAY, True),
        (story((2 * DAY + 5, "ALARM"), now="ALARM"), 0, 0, False),
        (story((2 * DAY + 5, "OK"), first="ALARM"), 0, 2 * DAY, True),
        (story((5, "ALARM"), (10, "OK"), (600, "ALARM"), (660, "OK")), 2, 65, False),
    ],
)
def test_times_and_minutes_are_those_within_the_period(
    found: AlarmStory, times: int, minutes: float, goes_on: bool
) -> None:
    assert (found.times, found.seconds, found.goes_on) == (times, minutes * 60, goes_on)


def burnt(*starts: float, minutes: float = 20) -> AlarmStory:
    """Tell what an alarm did that burnt for some minutes from each start."""
    states: list[tuple[float, str]] = []
    for start in starts:
        states += [(start, "ALARM"), (start + minutes, "OK")]
    return story(*states)


@pytest.mark.parametrize(
    ("found", "flapped"),
    [
        (burnt(0), False),
        (burnt(0, 30), True),
        (burnt(0, 31), False),
        (burnt(0, 100), False),
        (burnt(0, 100, 200), True),
        (burnt(0, 700, DAY - 1), True),
        (burnt(0, 700, DAY), False),
        (story((20, "OK"), (30, "ALARM"), first="ALARM"), True),
    ],
)
def test_flapping_is_three_times_within_a_day_or_again_within_ten_minutes(
    found: AlarmStory, flapped: bool
) -> None:
    assert found.flapped is flapped


class FakeCloudWatch:
    """Answer with alarms and a history, one entry a page."""

    def __init__(self, history: Sequence[Mapping[str, Any]], alarms: Sequence[object]) -> None:
        self._pages = {"AlarmHistoryItems": history, "MetricAlarms": alarms}

    def describe_alarms(self, **arguments: Any) -> Mapping[str, Any]:
        return self._page("MetricAlarms", arguments)

    def describe_alarm_history(self, **arguments: Any) -> Mapping[str, Any]:
        return self._page("AlarmHistoryItems", arguments)

    def _page(self, name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        start = int(arguments.get("NextToken", 0))
        items = self._pages[name]
        more = {"NextToken": str(start + 1)} if start + 1 < len(items) else {}
        return {name: items[start : start + 1], **more}


def entry(alarm: str, minute: float, old: str, new: str) -> Mapping[str, Any]:
    """Write an entry of a history."""
    states = {"oldState": {"stateValue": old}, "newState": {"stateValue": new}}
    at = SINCE + timedelta(minutes=minute)
    return {"AlarmName": alarm, "Timestamp": at, "HistoryData": json.dumps(states)}


def test_every_page_is_read_and_only_alarms_that_page_somebody_are_told() -> None:
    topic = "arn:aws:sns:us-east-1:1:storytailor-critical-alerts-test"
    names = ["storytailor-a-test", "storytailor-child-test", "storytailor-b"]
    found = read_stories(
        FakeCloudWatch(
            [
                event
                for name in (*names, "storytailor-gone-test")
                for event in (entry(name, 1, "OK", "ALARM"), entry(name, 11, "ALARM", "OK"))
            ],
            [
                {"AlarmName": name, "StateValue": "OK", "AlarmActions": actions}
                for name, actions in zip(names, ([topic], [], [topic]), strict=True)
            ],
        ),
        NAMES,
        PERIOD,
        PERIOD.until,
    )
    assert {(each.name, each.severity, each.seconds) for each in found} == {
        ("a", "P1", 600),
        ("gone", "", 600),
    }


def test_an_answer_without_an_end_is_given_up() -> None:
    asked = []

    def again(**arguments: Any) -> Mapping[str, Any]:
        asked.append(arguments)
        return {"NextToken": "more"}

    with pytest.raises(ReportPartError, match="expected an end"):
        list(pages(again))
    assert len(asked) == MAX_PAGES
