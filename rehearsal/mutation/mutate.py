"""Find the changes of a deployment's alarms that no rehearsal would fail on.

A mutant is held against recordings, so no handler runs again. Only the mutated alarm and what
rests on it are evaluated and judged.
"""

from collections.abc import Iterable, Iterator, Sequence

from rehearsal.engine.alarm import Alarm, MetricAlarm
from rehearsal.engine.template.deployment import Deployment
from rehearsal.mutation.composite_alarm import mutate_composite_alarm
from rehearsal.mutation.equivalence import explain_equivalence
from rehearsal.mutation.family import Families
from rehearsal.mutation.metric_alarm import mutate_metric_alarm
from rehearsal.mutation.mutant import Mutant
from rehearsal.mutation.report import Equivalent, MutationReport, Noticed, Survivor
from rehearsal.mutation.witness import Witness, choose_recordings
from rehearsal.runner.result import Recorded


def mutate(deployment: Deployment, recordings: Iterable[Recorded]) -> MutationReport:
    """Make every mutant of every alarm and look for a rehearsal that notices it."""
    families, recorded = Families(deployment.alarms), tuple(recordings)
    found: list[Noticed | Survivor | Equivalent] = []
    for alarm in deployment.alarms:
        witnesses = _call_witnesses(alarm, deployment, families, recorded)
        found += _try_mutants(alarm, witnesses)
    return MutationReport(
        noticed=tuple(each for each in found if isinstance(each, Noticed)),
        survivors=tuple(each for each in found if isinstance(each, Survivor)),
        equivalent=tuple(each for each in found if isinstance(each, Equivalent)),
    )


def list_mutants(alarm: Alarm) -> tuple[Mutant, ...]:
    """List every mutant of an alarm."""
    if isinstance(alarm, MetricAlarm):
        return tuple(mutate_metric_alarm(alarm))
    return tuple(mutate_composite_alarm(alarm))


def _call_witnesses(
    alarm: Alarm, deployment: Deployment, families: Families, recordings: Sequence[Recorded]
) -> list[Witness]:
    """Call those whose recordings say anything of an alarm."""
    family, arns = families.gather(alarm.arn), families.list_concerned(alarm.arn)
    concerned = frozenset(each.name for each in family if each.arn in arns)
    return [
        Witness(recorded, deployment, family, concerned)
        for recorded in choose_recordings(recordings, family, concerned)
    ]


def _try_mutants(
    alarm: Alarm, witnesses: Sequence[Witness]
) -> Iterator[Noticed | Survivor | Equivalent]:
    """Yield what becomes of each mutant of an alarm; the first witness that notices it will do."""
    for mutant in list_mutants(alarm):
        reason = explain_equivalence(alarm, mutant)
        witness = None if reason else next((w for w in witnesses if w.notices(mutant.alarm)), None)
        if reason:
            yield Equivalent(mutant=mutant, reason=reason)
        elif witness:
            yield Noticed(mutant=mutant, scenario=witness.title)
        else:
            nearest = next((each.title for each in witnesses if each.is_meant), None)
            yield Survivor(mutant=mutant, nearest=nearest)
