"""A run that ends at any step whatever: no row is lost, and none is in the archive twice."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

import pytest

from tests.integration.archive.stage import TABLES, KilledError, Stage, fill

# What a killed run leaves open, Python finds and mentions.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


class EndsAt:
    """Count steps, and end the run at one of them, with whatever it would still do."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.steps: list[str] = []

    def __call__(self, step: str) -> None:
        """Be at a step."""
        # Before the next thing is done the world is as after the last one.
        if not step.startswith("after"):
            return
        self.steps.append(step)
        if 0 < self.number <= len(self.steps):
            raise KilledError(step)


def begin_anew(stage: Stage) -> Mapping[str, Mapping[str, str]]:
    stage.reset()
    fill(stage, count=3)
    return {table: stage.rows(table) for table in TABLES}


def test_killed_at_every_step_nothing_is_lost_and_nothing_doubled(stage: Stage) -> None:
    begin_anew(stage)
    stage.at_step = whole = EndsAt(0)
    stage.run()
    assert {"after put_object", "after get_object", "after query"} <= set(whole.steps)
    for number in range(1, len(whole.steps) + 1):
        before = begin_anew(stage)
        stage.at_step = EndsAt(number)
        with suppress(KilledError):
            stage.run()
        where = f"step {number} of {len(whole.steps)}: {whole.steps[number - 1]}"
        assert stage.at_step.steps[:number] == whole.steps[:number], where
        stage.at_step = None
        for table in TABLES:
            there = stage.rows(table).keys() | set(stage.archived_keys(table))
            assert there == before[table].keys(), where
        stage.now += timedelta(minutes=1)
        stage.run()
        for table in TABLES:
            left, archived = stage.rows(table), stage.restored(table)
            assert left | archived == before[table], where
            assert not left.keys() & archived.keys(), where
            assert sorted(stage.archived_keys(table)) == sorted(archived), where
