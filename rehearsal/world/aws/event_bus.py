"""The default event bus, as far as the suite sends events: its test event reaches the curator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.world.aws.functions import Behaviours
from rehearsal.world.aws.logs import LogGroups
from rehearsal.world.aws.rules import RuleStates
from rehearsal.world.clock import SimulatedClock
from rehearsal.world.invocation import Invocation

# From PutEvents to the target's start, in the middle of an ordinary day.
DELIVERY_SECONDS = 0.4
ENABLED = "ENABLED"
# In these ways a function ends before it has logged what it was started for.
SAYS_NOTHING = ("error", "unreachable", "missing")


@dataclass(frozen=True, kw_only=True)
class EventRoute:
    """Say which rule carries the test event, and in which function's log it comes out."""

    rule: str
    log_group: str

    @property
    def function(self) -> str:
        """Name the function whose log it is."""
        return self.log_group.rpartition("/")[2]


class EventBus:
    """Carry events along one route, while its rule is enabled and its function able."""

    def __init__(
        self,
        clock: SimulatedClock,
        *,
        route: EventRoute | None,
        state: RuleStates,
        behaviour: Behaviours,
        logs: LogGroups,
        note: Callable[[Invocation], None],
    ) -> None:
        self._clock = clock
        self._route = route
        self._state = state
        self._behaviour = behaviour
        self._logs = logs
        self._note = note

    def publish(self, entry: Mapping[str, Any]) -> None:
        """Take an event; one that no rule carries is lost without a word, as on the real bus."""
        route = self._route
        if route is None or self._state(route.rule) != ENABLED:
            return
        at = self._clock.time() + DELIVERY_SECONDS
        detail = str(entry["Detail"])
        behaviour = self._behaviour(route.function, detail)
        if behaviour.kind == "throttled":
            self._note(Invocation(function=route.function, at=at, is_throttled=True))
            return
        has_failed = behaviour.kind in SAYS_NOTHING
        self._note(
            Invocation(
                function=route.function, at=at, seconds=behaviour.seconds, has_failed=has_failed
            )
        )
        if not has_failed:
            self._logs.write(route.log_group, at + behaviour.seconds, detail)
