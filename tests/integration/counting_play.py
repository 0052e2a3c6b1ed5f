"""What can befall a counting function, to be played in any order over a stage."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.integration.counting_emitted import Emitted, Place
from tests.integration.counting_stage import CrashError, Stage, crash
from watchkeeper.definitions.errors import LedgerError

# Plays fifty times as many plays, with other dice each time.
IS_LONG = os.environ.get("WATCHKEEPER_EXACTNESS") == "long"
TIMEOUT_SECONDS = 7200 if IS_LONG else 600

MINUTES = st.integers(1, 12) | st.sampled_from([30, 60, 100, 200, 400])
OTHER_MINUTES = st.integers(-30, 30) | st.sampled_from([-600, -150, 150, 600])
TIMES = st.sampled_from([0, 0, 0, 1, 2])
# A scene: what the application does, how many minutes pass, and what befalls the function.
# Each thing is the name of a method and its arguments.
Scene = tuple[list[tuple[Any, ...]], int, tuple[Any, ...]]


def profile(max_examples: int) -> settings:
    """Return how plays are made: the same ones each time, unless they are many."""
    return settings(
        max_examples=50 * max_examples if IS_LONG else max_examples,
        derandomize=not IS_LONG,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


def plays(
    actions: st.SearchStrategy[tuple[Any, ...]], queries: tuple[str, ...]
) -> st.SearchStrategy[list[Scene]]:
    """Make plays of what the application can do and what can befall a function's queries."""
    things = ("get_secret_value", "update_item", "query", *queries)
    # Between an emission and its commit is where it hurts.
    critical = ("emission", "transact_write_items") * 2
    steps = st.sampled_from(
        [f"{when} {what}" for what in things + critical for when in ("before", "after")]
    )
    fates = st.one_of(
        st.tuples(st.just("run")),
        st.tuples(st.just("run_at_another_time"), OTHER_MINUTES),
        st.tuples(st.just("die"), steps, TIMES),
        st.tuples(st.just("die"), steps, TIMES),
        st.tuples(st.just("overtake"), steps, TIMES, st.sampled_from([0, 0, -5, 5])),
        st.tuples(st.just("freeze"), steps, TIMES),
        st.tuples(st.just("freeze"), steps, TIMES),
    )
    scene = st.tuples(st.lists(actions, min_size=1, max_size=6), MINUTES, fates)
    return st.lists(scene, min_size=8, max_size=30 if IS_LONG else 14)


class Play:
    """Play scenes over a stage; a play is one of an application and its counting function."""

    def __init__(self, stage: Stage) -> None:
        stage.reset()
        self.stage = stage
        # What was there long before the very first run is not counted.
        self.run()

    def run_once(self, **when: Any) -> Mapping[str, object]:
        """Run the function."""
        raise NotImplementedError

    def play(self, scenes: list[Scene]) -> None:
        """Play one scene after another."""
        for actions, minutes, fate in scenes:
            for action in actions:
                self.perform(action)
            self.stage.wait(minutes=minutes, seconds=7)
            self.perform(fate)

    def perform(self, action: tuple[Any, ...]) -> None:
        """Let one thing happen."""
        name, *arguments = action
        getattr(self, name)(*arguments)

    def run(self) -> None:
        """The schedule starts a run."""
        self.count()

    def run_at_another_time(self, minutes: int) -> None:
        """A run's event is old, repeated, or of a clock that is wrong by minutes or days."""
        self.count(minutes)

    def die(self, step: str, times: int) -> None:
        """A run is killed, at any point."""
        self.at(step, times, crash)
        self.count()

    def overtake(self, step: str, times: int, minutes: int) -> None:
        """While a run is at any point, another one starts."""
        self.at(step, times, lambda: self.count(minutes))
        self.count()

    def freeze(self, step: str, times: int) -> None:
        """A run stands still for so long that another one takes its place; then it goes on."""

        def overtake() -> None:
            self.stage.wait(minutes=10)
            self.count()

        self.at(step, times, overtake)
        self.count()

    def count(self, minutes: int = 0) -> None:
        """Run the function for a time so many minutes from now."""
        at = self.stage.wall.replace(second=0, microsecond=0) + timedelta(minutes=minutes)
        with suppress(CrashError, LedgerError):
            self.run_once(at=at)
        self.stage.at_step = None

    def at(self, step: str, times: int, happening: Callable[[], None]) -> None:
        """Let something happen when the next run is at this step, having been there before."""
        self.stage.interrupt(step, happening, nth=times + 1)

    def finish(self) -> tuple[Emitted, Emitted]:
        """Let one healthy run have the last word, after hours; return all, and what is doubtful.

        What it finds lost is lost for good: it counts again from where the ledger says it must.
        """
        self.stage.at_step = None
        self.stage.wait(hours=5)
        assert self.run_once()["minutes_behind"] == 0
        return self.stage.emitted, Emitted.parse(self.stage.doubtful.getvalue())


def sums(emitted: Emitted, metrics: set[str]) -> dict[Place, float]:
    """Return what was emitted of counters, except zeros."""
    return {p: value for p, value in emitted.sums.items() if p.metric in metrics and value}


def add(left: dict[Place, float], right: dict[Place, float]) -> dict[Place, float]:
    """Add up sums, except zeros."""
    places = left.keys() | right.keys()
    both = {place: left.get(place, 0) + right.get(place, 0) for place in places}
    return {place: value for place, value in both.items() if value}
