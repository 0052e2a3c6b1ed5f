"""What a scenario says is wrong at a moment, asked by everything that can be."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from rehearsal.scenario.model import Happening, Scenario, SuiteFault
from rehearsal.world.aws.functions import Behaviour
from rehearsal.world.aws.rules import MISSING
from rehearsal.world.database import Condition

H = TypeVar("H", bound=Happening)
ENABLED = "ENABLED"


class Incident:
    """Answer for a scenario; `now` gives the seconds since 1970 on the simulated clock."""

    def __init__(
        self, scenario: Scenario, suite: Mapping[str, str], now: Callable[[], float]
    ) -> None:
        self.scenario = scenario
        self._suite = suite
        self._now = now

    def _holding(self, items: Iterable[H], at: float | None = None) -> list[H]:
        offset = (self._now() if at is None else at) - self.scenario.start
        return [item for item in items if item.holds_at(offset)]

    def database(self) -> Condition:
        """Say how the database is now."""
        return self.database_at(self._now())

    def database_at(self, at: float) -> Condition:
        """Say how the database is at a moment."""
        for item in self._holding(self.scenario.database, at):
            return Condition(kind=item.condition, seconds=item.seconds)
        return Condition()

    def answer(self, query: str) -> tuple[Mapping[str, object], ...] | None:
        """Say what a query finds now, None when it finds what is there."""
        for item in self._holding(self.scenario.answer):
            if item.query == query:
                return item.rows
        return None

    def behaviour(self, function: str, payload: str) -> Behaviour:
        """Say how a function answers a payload."""
        for item in self._holding(self.scenario.endpoint):
            if item.function == function and item.payload in payload:
                seconds = item.seconds or Behaviour().seconds
                return Behaviour(kind=item.answers, seconds=seconds, says=item.says)
        return Behaviour()

    def rule(self, name: str) -> str:
        """Say the state of a rule."""
        for item in self._holding(self.scenario.rule):
            if item.name == name:
                return MISSING if item.state == "MISSING" else item.state
        return ENABLED

    def parameter(self, name: str, healthy: str, at: float) -> str | None:
        """Say what a parameter holds at a moment, None when it is gone."""
        for item in self._holding(self.scenario.parameter, at):
            if item.name == name:
                return item.value
        return healthy

    def faults(self, function: str, at: float) -> dict[str, SuiteFault]:
        """Say what befalls one of the suite's functions, by kind."""
        found = self._holding(self.scenario.suite, at)
        return {item.fault: item for item in found if self._suite.get(item.function) == function}
