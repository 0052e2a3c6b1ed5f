"""Which alarms a change of one concerns, and which must be evaluated to see it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from rehearsal.engine.alarm import Alarm, MetricAlarm
from rehearsal.engine.composite.family import order_composites
from rehearsal.engine.metrics.identity import MetricIdentity


@dataclass(frozen=True)
class Families:
    """Know of all alarms which rest on which; alarms are meant by ARN."""

    alarms: tuple[Alarm, ...]

    def list_concerned(self, arn: str) -> frozenset[str]:
        """Return an alarm and every composite that rests on it or is suppressed by it."""
        return _close(arn, lambda each: [up for up, down in self._rests.items() if each in down])

    def gather(self, arn: str) -> tuple[Alarm, ...]:
        """Return the alarms to evaluate: the concerned ones and all that those rest on."""
        wanted: set[str] = set()
        for each in self.list_concerned(arn):
            wanted |= _close(each, lambda one: self._rests.get(one, ()))
        return tuple(alarm for alarm in self.alarms if alarm.arn in wanted)

    @cached_property
    def _rests(self) -> dict[str, frozenset[str]]:
        """Return what each composite rests on, its suppressor too."""
        return {
            each.alarm.arn: frozenset(filter(None, (*each.children, each.suppressor_arn)))
            for each in order_composites(self.alarms)
        }


def list_metrics(alarms: Iterable[Alarm]) -> frozenset[MetricIdentity]:
    """Return every metric that any of the alarms reads."""
    return frozenset(
        query.stat.metric
        for alarm in alarms
        if isinstance(alarm, MetricAlarm)
        for query in alarm.queries
        if query.stat
    )


def _close(start: str, find: Callable[[str], Iterable[str]]) -> frozenset[str]:
    """Return a start and everything that can be reached from it."""
    found = [start]
    for each in found:
        found += [other for other in find(each) if other not in found]
    return frozenset(found)
