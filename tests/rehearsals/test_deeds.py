"""What functions do to others by themselves happens as expected, and nothing else does."""

import json
from pathlib import Path
from typing import Any

import pytest

from rehearsal.runner.deeds import judge_deeds
from rehearsal.runner.library import find_scenarios, read_scenarios
from rehearsal.runner.result import Page, Wrote
from rehearsal.scenario.model import Scenario
from rehearsal.scenario.surroundings import Surroundings
from tests.rehearsals.conftest import ENVIRONMENT, Play, make_scenario
from tests.rehearsals.test_world import START, minutes
from watchkeeper.environment.loader import load_environment
from watchkeeper.environment.model import Environment
from watchkeeper.workloads.storytailor.deploy.workload import workload

ROOT = Path(__file__).parents[2]
SWITCH = "/storytailor-production/pipelines/daily-digest/enabled"
TOPIC = "storytailor-critical-alerts"
EXPECTED: dict[str, Any] = {"reaches": ["P1"], "between": ["5m", "6m"]}
OFF: dict[str, Any] = {"parameter": SWITCH, "value": "false", "between": ["5m", "6m"]}


def message(minute: int = 5, **parts: Any) -> Page:
    """Make a message that a function published so many minutes after the start."""
    known = {"topic": TOPIC, "subject": "Off", "message": "It is.", "subscribers": ("https:x",)}
    return Page(at=START + 60 * minute, alarm="", **{**known, **parts})


def wrote(minute: int = 5, value: str = "false", parameter: str = SWITCH) -> Wrote:
    """Make a parameter that was written so many minutes after the start."""
    at = START + 60 * minute
    return Wrote(at=at, parameter=parameter, value=value, description="Too many left.")


# What is expected, what functions did, what was expected and got in each failure.
CASES: list[tuple[dict[str, Any], list[Page], list[Wrote], list[tuple[str, str]]]] = [
    ({"message": [EXPECTED]}, [message()], [], []),
    ({"message": [{**EXPECTED, "says": ["Off", "It is"]}]}, [message()], [], []),
    (
        {"message": [{**EXPECTED, "says": ["on"]}]},
        [message()],
        [],
        [("it says 'on'", "it says 'Off\\nIt is.' …")],
    ),
    (
        {"message": [EXPECTED]},
        [message(7)],
        [],
        [
            ("gets a message between 5m and 6m", "it was so at 7m"),
            ("no function publishes to it, unless a [[message]] says so", "'Off' at 7m"),
        ],
    ),
    (
        {"message": [EXPECTED]},
        [message(), message(6)],
        [],
        [("no function publishes to it, unless a [[message]] says so", "'Off' at 6m")],
    ),
    (
        {"message": [EXPECTED]},
        [message(subscribers=())],
        [],
        [("somebody subscribes to P1", "nobody does")],
    ),
    (
        {"message": [{**EXPECTED, "reaches": ["P1", "P2"]}]},
        [message()],
        [],
        [("gets a message between 5m and 6m", "it never was")],
    ),
    ({"written": [OFF]}, [], [wrote()], []),
    ({"written": [{**OFF, "says": ["Too many"]}]}, [], [wrote()], []),
    (
        {"written": [{**OFF, "says": ["Too few"]}]},
        [],
        [wrote()],
        [("it says 'Too few'", "it says 'Too many left.' …")],
    ),
    ({"written": [OFF]}, [], [], [("is written between 5m and 6m", "it never was")]),
    (
        {"written": [OFF]},
        [],
        [wrote(), wrote(20, "true")],
        [("no function writes it, unless a [[written]] says so", "'true' at 20m")],
    ),
]


@pytest.mark.parametrize(("expected", "messages", "written", "failures"), CASES)
def test_a_verdict_names_what_was_not_done_and_what_was_done_unasked(
    expected: dict[str, Any],
    messages: list[Page],
    written: list[Wrote],
    failures: list[tuple[str, str]],
) -> None:
    found = judge_deeds(make_scenario(**expected), messages, written)
    assert [(each.expected, each.got) for each in found] == failures


def allowing(environment: Environment) -> Environment:
    """Give the environment as it would be if it allowed switches to go off by themselves."""
    allowed = environment.allowed_actions.model_copy(update={"flip_kill_switch": True})
    return environment.model_copy(update={"allowed_actions": allowed})


def test_what_a_scenario_tells_a_function_is_what_an_environment_that_allows_it_would(
    surroundings: Surroundings,
) -> None:
    environment = allowing(load_environment(ENVIRONMENT, ROOT / "environments"))
    assert environment.storytailor
    settings = workload(environment, environment.storytailor).settings
    scenarios = read_scenarios(find_scenarios(), surroundings).values()
    told = [each for scenario in scenarios for each in scenario.told]
    assert told
    for each in told:
        deployed = json.loads(settings[each.function])
        assert each.settings == {name: deployed[name] for name in each.settings}
        assert deployed["flippable_switches"]


def switched_off(scenario: Scenario, play: Play) -> dict[int, float]:
    """Give the minutes at which the digest's switch was seen off."""
    return minutes(
        play(scenario), "Storytailor/Pipelines", "KillSwitchActive", Pipeline="daily-digest"
    )


def test_who_switches_on_again_is_not_overruled_and_nobody_else_does(
    play: Play, surroundings: Surroundings
) -> None:
    """Off at 15 minutes; on at 30 by hand, and not off again while as many leave as before."""
    [file] = [file for file in find_scenarios() if file.stem == "mailing-switched-off"]
    scenario = read_scenarios([file], surroundings)[file]
    assert set(switched_off(scenario, play)) == {15}
    left_off = scenario.model_copy(update={"parameter": ()})
    assert set(switched_off(left_off, play)) == {15, 30, 45, 60, 75}


def test_rows_of_the_days_before_are_counted_and_written_once(play: Play) -> None:
    habit = {
        "table": "email_delivery_log",
        "days": 8,
        "at": "10m",
        "rows": "2",
        "values": {"email_type": "daily_digest", "status": "delivered"},
        "counted_by": ["unsubscribe_spike"],
    }
    sent = minutes(play(lasts="21m", habit=[habit]), "Storytailor/Email", "EmailsSent")
    assert sent == {10 - day * 1440: 2 for day in range(8, 0, -1)}
