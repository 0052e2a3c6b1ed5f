"""Rule 15: a burn-rate alarm that can fire."""

from collections.abc import Iterator

from rehearsal.lint.facts import BurnRateFact, Facts, ObjectiveFact
from rehearsal.lint.finding import Judgement, Place, Problem, Severity
from rehearsal.lint.landscape import Landscape
from rehearsal.lint.rule import Rule


def burn_rate_can_fire(landscape: Landscape, facts: Facts) -> Iterator[Judgement]:
    """Find burn-rate alarms above anything that can happen."""
    if facts.objectives is None:
        for alarm in landscape.metric_alarms:
            if "burn" in alarm.name.lower():
                yield alarm.unchecked("facts.objectives")
        return
    for objective in facts.objectives:
        for fact in objective.alarms:
            yield from _judge(landscape, objective, fact)


def _judge(
    landscape: Landscape, objective: ObjectiveFact, fact: BurnRateFact
) -> Iterator[Judgement]:
    alarm = landscape.find_alarm(fact.alarm)
    if alarm is None:
        yield Problem(
            place=Place(alarm=fact.alarm),
            found=f"named as a burn-rate alarm of {objective.name}, but it is in no template",
            expected="the name of an alarm",
            fix="correct facts.objectives",
        )
    elif alarm.threshold is None:
        yield alarm.unchecked("a threshold that can be read")
    else:
        budget = 1 - objective.objective
        scale = {"burn-rate": budget, "fraction": 1.0, "percent": 0.01}[fact.measures]
        share = alarm.threshold * scale
        if share >= 1:
            yield alarm.problem(
                f"fires when {100 * share:.4g} % of events are bad "
                f"(threshold {alarm.threshold:g}, objective {objective.objective:g})",
                f"a burn rate below {1 / budget:.4g}: more than all events cannot be bad",
                "lower the threshold, or page on a longer window",
            )


BURN_RATE_CAN_FIRE = Rule(
    number=15,
    slug="burn-rate-can-fire",
    severity=Severity.ERROR,
    says="The burn rate an alarm waits for, times the error budget, is less than everything.",
    source="Google SRE workbook, Alerting on SLOs; guardian/cdk#1580",
    check=burn_rate_can_fire,
    needs=("objectives",),
)
