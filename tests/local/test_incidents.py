"""Incidents are scenarios: which can be played, when they are, and what has to arrive."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rehearsal.local.errors import LocalStageError
from rehearsal.local.incident.arrivals import Arrival, has_all
from rehearsal.local.incident.dials import Dial
from rehearsal.local.incident.files import find_incident, list_obstacles
from rehearsal.local.incident.script import glance, latest_start
from rehearsal.local.paging.envelope import AlarmNotice
from rehearsal.local.paging.inbox import Page

FIRES = {"alarm": "a", "fires": ["1m", "2m"], "recovers": ["5m", "9m"], "reaches": ["P1"]}
# Those that the README and the guide name.
NAMED = ("unsubscribe-storm", "crisis-switch-forgotten", "curator-broken", "database-outage")


@pytest.mark.parametrize("name", NAMED)
def test_an_incident_that_people_are_told_of_can_be_played(name: str) -> None:
    assert glance(find_incident(name)).expect


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nonsense", "INCIDENT=nonsense is unknown, expected one of .*unsubscribe-storm"),
        ("ordinary-day", "can be rehearsed and not played .*, expected one of .*unsubscribe-storm"),
        ("../storytailor/unsubscribe-storm", "is unknown"),
    ],
)
def test_another_incident_is_refused_with_those_there_are(name: str, said: str) -> None:
    with pytest.raises(LocalStageError, match=said):
        find_incident(name)


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("title = ")
    with pytest.raises(LocalStageError, match=r"broken\.toml"):
        find_incident("broken", tmp_path)


@pytest.mark.parametrize(
    ("more", "obstacle"),
    [
        ({}, ""),
        ({"expect": []}, "expects no alarm"),
        ({"expect": [{**FIRES, "reaches": ["P3"]}]}, "expects no alarm that pages"),
        ({"expect": [{"alarm": "a", "fires": ["1m", "2m"], "reaches": ["P1"]}]}, "expects no"),
        ({"aws": [{}]}, "only a simulation has aws"),
        ({"suite": [{"function": "x", "is": "killed"}]}, "only a simulation has suite"),
        ({"endpoint": [{"answers": "error"}]}, ""),
        ({"endpoint": [{"answers": "slow"}]}, "cannot be slow"),
        ({"endpoint": [{"answers": "error", "payload": "x"}]}, "every payload"),
        ({"database": [{"is": "down"}]}, ""),
        ({"database": [{"is": "slow"}]}, "cannot be slow"),
        ({"rule": [{"state": "DISABLED"}]}, ""),
        ({"rule": [{"state": "MISSING"}]}, "does not come back"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_only_a_simulation_can_do_keeps_a_scenario_from_being_played(
    more: dict[str, Any], obstacle: str
) -> None:
    found = list_obstacles({"expect": [FIRES], **more})
    assert bool(found) is bool(obstacle)
    assert all(obstacle in text for text in found)


@pytest.mark.parametrize(
    ("now", "starts"),
    [
        ("2026-03-24T18:00", "2026-03-24T14:00"),
        ("2026-03-24T15:50", "2026-03-24T14:00"),
        ("2026-03-24T15:49", "2026-03-17T14:00"),
        ("2026-03-23T00:00", "2026-03-17T14:00"),
    ],
    ids=["hours ago", "just over", "not over", "the week before"],
)
def test_a_play_lies_on_the_last_such_weekday_that_leaves_room_for_it(
    now: str, starts: str
) -> None:
    scenario = glance(find_incident("unsubscribe-storm"))
    assert (scenario.starts.weekday(), scenario.lasts) == (1, 110 * 60)
    found = latest_start(scenario, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(starts).replace(tzinfo=UTC)


def page(alarm: str, state: str, *, is_news: bool = True) -> Page:
    notice = AlarmNotice(
        arn=alarm, alarm=alarm, state=state, reason="crossed", description="P1: bad", changed_at=""
    )
    return Page(number=1, received_at=0.0, topic_arn="t", notice=notice, is_news=is_news)


@pytest.mark.parametrize(
    ("pages", "now", "overdue"),
    [
        ([], 120, ""),
        ([], 121, "the page of a did not arrive by 00:02:00"),
        ([page("b", "ALARM")], 121, "the page of a"),
        ([page("a", "ALARM", is_news=False)], 121, "the page of a"),
        ([page("a", "OK")], 121, "the page of a"),
        ([page("a", "ALARM")], 600, ""),
        ([page("a", "ALARM")], 601, "the recovery of a did not arrive by 00:10:00"),
        ([page("a", "ALARM"), page("a", "OK")], 601, ""),
    ],
    ids=["early", "late", "another's", "no news", "only OK", "paged", "not over", "all there"],
)
def test_what_did_not_come_in_time_is_named(pages: list[Page], now: int, overdue: str) -> None:
    arrival = Arrival(alarm="a", page_due=120, recovery_due=600, page_says=())
    for one in pages:
        arrival.take(one)
    assert arrival.overdue(now).startswith(overdue)
    assert bool(arrival.overdue(now)) is bool(overdue)
    assert has_all([arrival]) is (len(pages) == 2)


def test_an_alarm_that_is_to_fire_twice_needs_two_pages() -> None:
    both = [Arrival(alarm="a", page_due=0, recovery_due=0, page_says=()) for _ in range(2)]
    for state in ("ALARM", "OK"):
        any(each.take(page("a", state)) for each in both)
    assert [str(each) for each in both] == [
        "a: paged 00:00:00, resolved 00:00:00",
        "a: not paged, not resolved",
    ]


def test_a_page_that_does_not_say_what_it_must_is_told() -> None:
    arrival = Arrival(alarm="a", page_due=0, recovery_due=0, page_says=("crossed", "P1", "why"))
    assert list(arrival.unsaid()) == []
    arrival.take(page("a", "ALARM"))
    assert list(arrival.unsaid()) == ["the page of a does not say 'why'"]
    assert str(arrival) == "a: paged 00:00:00, not resolved"


def test_a_dial_is_turned_when_what_is_wanted_changes_and_set_back_at_the_end() -> None:
    done: list[str | None] = []
    dial = Dial(normal="on", wanted=lambda now: "off" if 2 <= now < 4 else "on", apply=done.append)
    for moment in range(6):
        dial.turn(moment)
    assert done == ["off", "on"]
    dial.turn(3)
    dial.set_back()
    dial.set_back()
    assert done == ["off", "on", "off", "on"]
