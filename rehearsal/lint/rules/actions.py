"""Rules 1 and 13: an alarm tells somebody, and keeps to the number of actions it may have."""

from collections.abc import Iterator

from rehearsal.lint.alarm_rule import list_children
from rehearsal.lint.alarm_view import ACTION_LISTS, AlarmView
from rehearsal.lint.facts import Facts
from rehearsal.lint.finding import Problem, Severity
from rehearsal.lint.landscape import Landscape
from rehearsal.lint.rule import Rule
from rehearsal.lint.values import listed

MAX_ACTIONS = 5


def has_action(landscape: Landscape, _facts: Facts) -> Iterator[Problem]:
    """Find alarms that change their state unheard."""
    heard = _heard(landscape)
    for alarm in landscape.alarms:
        if not alarm.may_act:
            yield alarm.problem(
                "its actions are disabled",
                "actions that run, and a mute rule that ends where it must be quiet",
                "remove ActionsEnabled: false",
            )
        elif not alarm.has_actions and alarm.name not in heard:
            yield alarm.problem(
                "no alarm action, and no composite alarm with one has it as a child",
                "an alarm action, or a composite alarm that pages on its behalf",
                "add an SNS topic to AlarmActions, or name the alarm in such a composite's rule",
            )


def _heard(landscape: Landscape) -> set[str]:
    """Name the alarms that are children of a loud composite at any depth, or suppress one."""
    loud = [each for each in landscape.composites if each.has_actions]
    heard: set[str] = set()
    waiting: list[AlarmView] = list(loud)
    while waiting:
        composite = waiting.pop()
        suppressor = composite.properties.get("ActionsSuppressor")
        for reference in [*list_children(composite), suppressor]:
            child = landscape.find_alarm(reference) if isinstance(reference, str) else None
            if child and child.name not in heard:
                heard.add(child.name)
                waiting += [child] if child.is_composite else []
    return heard


def few_actions(landscape: Landscape, _facts: Facts) -> Iterator[Problem]:
    """Find alarms with more actions than CloudWatch takes."""
    for alarm in landscape.alarms:
        for key, state in ACTION_LISTS.items():
            count = len(listed(alarm.properties.get(key)))
            if count > MAX_ACTIONS:
                yield alarm.problem(
                    f"{count} actions on a change to {state}",
                    f"at most {MAX_ACTIONS}",
                    "publish to one topic and subscribe the others to it",
                )


ALARM_HAS_ACTION = Rule(
    number=1,
    slug="alarm-has-action",
    severity=Severity.ERROR,
    says="Every alarm runs an action, or is the silent child of a composite alarm that does.",
    source="CloudWatch User Guide, Alarm actions: an alarm without one changes its colour only",
    check=has_action,
)
AT_MOST_FIVE_ACTIONS = Rule(
    number=13,
    slug="at-most-five-actions",
    severity=Severity.ERROR,
    says="An alarm has at most five actions for each state.",
    source="CloudWatch API reference, PutMetricAlarm and PutCompositeAlarm",
    check=few_actions,
)
