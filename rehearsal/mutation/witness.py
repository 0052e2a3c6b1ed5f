"""One recording as a witness of one alarm, whose rehearsal passes or fails with it in place."""

from collections.abc import Collection, Iterable

from rehearsal.engine.alarm import Alarm
from rehearsal.engine.template.deployment import Deployment
from rehearsal.mutation.family import list_metrics
from rehearsal.runner.result import Recorded, list_pages
from rehearsal.runner.verdict import judge
from rehearsal.scenario.model import Scenario


class Witness:
    """Judge the mutants of one alarm by one recording; `family` is what has to be evaluated.

    Only the alarms of `concerned`, by name, are judged.
    """

    def __init__(
        self,
        recorded: Recorded,
        deployment: Deployment,
        family: Iterable[Alarm],
        concerned: Collection[str],
    ) -> None:
        self._recorded = recorded
        self._deployment = deployment
        self._family = {alarm.arn: alarm for alarm in family}
        self._concerned = concerned
        self._passes_unchanged: bool | None = None

    @property
    def title(self) -> str:
        """Give the scenario's title."""
        return self._recorded.scenario.title

    @property
    def is_meant(self) -> bool:
        """Tell whether the scenario names any of the alarms that are judged."""
        fires, quiet = list_named(self._recorded.scenario)
        return not (fires | quiet).isdisjoint(self._concerned)

    def notices(self, mutated: Alarm) -> bool:
        """Tell whether the rehearsal fails that passes without this alarm's change."""
        if self._passes({**self._family, mutated.arn: mutated}):
            return False
        if self._passes_unchanged is None:
            self._passes_unchanged = self._passes(self._family)
        return self._passes_unchanged

    def _passes(self, alarms: dict[str, Alarm]) -> bool:
        outcome = self._recorded.evaluate(self._deployment, alarms.values())
        pages = tuple(list_pages(outcome.action_runs, self._deployment))
        failures = judge(self._recorded.scenario, outcome.transitions, pages)
        return not any(failure.alarm in self._concerned for failure in failures)


def choose_recordings(
    recordings: Iterable[Recorded], family: Iterable[Alarm], concerned: Collection[str]
) -> list[Recorded]:
    """Choose the recordings that say anything of these alarms, the most telling ones first.

    Where an alarm is neither named nor has data, it knows nothing, and nothing is learned of it.
    """
    metrics = list_metrics(family)

    def rank(recorded: Recorded) -> int:
        fires, quiet = list_named(recorded.scenario)
        if fires.intersection(concerned):
            return 0
        if quiet.intersection(concerned):
            return 1
        return 2 if any(map(recorded.store.logs, metrics)) else 3

    ranked = [(rank(each), each.scenario.lasts, each) for each in recordings]
    ranked.sort(key=lambda each: each[:2])
    return [recorded for place, _, recorded in ranked if place < 3]


def list_named(scenario: Scenario) -> tuple[frozenset[str], frozenset[str]]:
    """Return the alarms that a scenario expects to fire, and those it expects to stay quiet."""
    fires = (name for each in scenario.expect for name in (each.alarm, *each.along_with))
    return frozenset(fires), frozenset(each.alarm for each in scenario.quiet)
