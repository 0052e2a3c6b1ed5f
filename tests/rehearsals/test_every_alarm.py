"""No alarm is deployed that was never rehearsed: where it fires, and where it nearly does."""

from collections.abc import Iterable

import pytest

from rehearsal.engine.alarm import Alarm
from rehearsal.runner.deployment import Assembly
from rehearsal.runner.library import find_scenarios, read_scenarios
from rehearsal.scenario.model import Scenario
from rehearsal.scenario.surroundings import Surroundings

URGENT = ("P1", "P2")


@pytest.fixture(scope="module")
def scenarios(surroundings: Surroundings) -> tuple[Scenario, ...]:
    return tuple(read_scenarios(find_scenarios(), surroundings).values())


def fires(scenarios: Iterable[Scenario]) -> set[str]:
    expected = [each for scenario in scenarios for each in scenario.expect]
    return {name for each in expected for name in (each.alarm, *each.along_with)}


def names(alarms: Iterable[Alarm]) -> set[str]:
    return {alarm.name for alarm in alarms}


def test_every_alarm_fires_in_a_rehearsal(
    assembly: Assembly, scenarios: tuple[Scenario, ...]
) -> None:
    assert names(assembly.deployment.alarms) - fires(scenarios) == set()


def test_every_alarm_nearly_fires_in_another(
    assembly: Assembly, scenarios: tuple[Scenario, ...]
) -> None:
    near = {each.alarm for scenario in scenarios for each in scenario.quiet}
    assert names(assembly.deployment.alarms) - near == set()


def test_every_urgent_page_is_read(assembly: Assembly, scenarios: tuple[Scenario, ...]) -> None:
    """What pages somebody says why, and reaches whom it should, in at least one rehearsal."""
    paging = [
        each
        for each in assembly.deployment.alarms
        if each.tags["severity"] in URGENT and each.actions.alarm
    ]
    read = {
        each.alarm
        for scenario in scenarios
        for each in scenario.expect
        if each.page_says and each.reaches
    }
    assert names(paging) - read == set()
