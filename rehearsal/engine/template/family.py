"""Which composite alarms can be evaluated: those all of whose alarms can."""

from collections.abc import Iterable, Iterator, Mapping

from rehearsal.engine.alarm import CompositeAlarm, MetricAlarm
from rehearsal.engine.composite.family import order_composites
from rehearsal.engine.composite.grammar import parse_rule
from rehearsal.engine.errors import AlarmError, EngineError, TemplateError
from rehearsal.engine.template.deployment import Refusal


def keep_whole(
    metric_alarms: Iterable[MetricAlarm],
    composites: Iterable[CompositeAlarm],
    refused_arns: Iterable[str],
) -> tuple[tuple[CompositeAlarm, ...], list[Refusal]]:
    """Return the composites whose rules and suppressors name only alarms that were read."""
    alarms = {alarm.arn for alarm in metric_alarms}
    kept = {alarm.arn: alarm for alarm in composites}
    refused = set(refused_arns)
    refusals: list[Refusal] = []
    while True:
        missing = dict(_list_problems(kept, alarms, refused))
        if not missing:
            break
        for arn, reason in missing.items():
            alarm = kept.pop(arn)
            refused.add(arn)
            refusals.append(Refusal(subject=alarm.name, reason=reason, source=alarm.source))
    try:
        order_composites([*metric_alarms, *kept.values()])
    except AlarmError as error:
        raise TemplateError(str(error)) from error
    return tuple(kept.values()), refusals


def _list_problems(
    composites: Mapping[str, CompositeAlarm], alarms: set[str], refused: set[str]
) -> Iterator[tuple[str, str]]:
    for arn, alarm in composites.items():
        problem = _find_problem(alarm, alarms | set(composites), refused)
        if problem:
            yield arn, problem


def _find_problem(alarm: CompositeAlarm, known: set[str], refused: set[str]) -> str | None:
    try:
        references = [*parse_rule(alarm.rule).references]
    except EngineError as error:
        return str(error)
    for reference in [*references, *filter(None, [alarm.suppressor])]:
        arn = _to_arn(alarm, reference)
        if arn in refused:
            return f"it rests on {reference}, which is not evaluated either"
        if arn not in known:
            return f"it rests on {reference}, which is in none of the templates"
    return None


def _to_arn(alarm: CompositeAlarm, reference: str) -> str:
    """Return the ARN a reference means: a name is of the composite's own account and Region."""
    if reference.startswith("arn:") and ":alarm:" in reference:
        return reference
    return f"{alarm.arn.partition(':alarm:')[0]}:alarm:{reference}"
