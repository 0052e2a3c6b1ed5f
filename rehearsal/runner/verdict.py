"""Hold what happened against what a scenario expects: every difference, none twice."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rehearsal.engine.alarm import State
from rehearsal.engine.messages.transition import Transition
from rehearsal.runner.result import Failure, Page
from rehearsal.scenario.model import Expectation, Scenario
from rehearsal.scenario.notation import format_duration

# The words of topics' names for severities.
TOPIC_WORDS = {
    "P1": "critical-alerts",
    "P2": "high-alerts",
    "P3": "warning-alerts",
    "P4": "info-alerts",
}


@dataclass(frozen=True)
class Stretch:
    """Be one time an alarm fired: from when, and until when if it recovered."""

    alarm: str
    fired: int
    recovered: int | None


def judge(
    scenario: Scenario, transitions: Iterable[Transition], pages: Sequence[Page]
) -> Iterator[Failure]:
    """Yield every expectation that was not met, and every alarm that changed unasked."""
    changes = sorted(transitions, key=lambda each: each.time)
    stretches = list(find_stretches(changes))
    met: set[Stretch] = set()
    for expectation in scenario.expect:
        for name in (expectation.alarm, *expectation.along_with):
            found = _find(scenario, expectation, name, stretches, met)
            if isinstance(found, Failure):
                yield found
                continue
            met.add(found)
            if name == expectation.alarm:
                yield from _judge_recovery(scenario, expectation, found)
                yield from _judge_page(scenario, expectation, found, pages)
    yield from _judge_unasked(scenario, [each for each in stretches if each not in met])
    yield from _judge_blind(scenario, changes)


def find_stretches(transitions: Iterable[Transition]) -> Iterator[Stretch]:
    """Yield every time an alarm fired, by alarm and in order; only OK is a recovery."""
    fired: dict[str, int] = {}
    for change in sorted(transitions, key=lambda each: each.time):
        if change.new is State.INSUFFICIENT_DATA:
            continue
        if change.alarm in fired:
            recovered = change.time if change.new is State.OK else None
            yield Stretch(change.alarm, fired.pop(change.alarm), recovered)
        if change.new is State.ALARM:
            fired[change.alarm] = change.time
    for alarm, since in fired.items():
        yield Stretch(alarm, since, None)


def _find(
    scenario: Scenario,
    expectation: Expectation,
    name: str,
    stretches: Sequence[Stretch],
    met: set[Stretch],
) -> Stretch | Failure:
    mine = [each for each in stretches if each.alarm == name and each not in met]
    for each in mine:
        if is_within(scenario, each.fired, expectation.fires):
            return each
    if mine:
        got = f"it fired at {after(scenario, mine[0].fired)}"
        at: int | None = mine[0].fired
        # It is told here, and would else be told once more as unasked.
        met.add(mine[0])
    else:
        got, at = "it stayed quiet", None
    expected = f"fires between {shown(expectation.fires)}"
    return Failure(scenario=scenario.title, alarm=name, at=at, expected=expected, got=got)


def _judge_recovery(
    scenario: Scenario, expectation: Expectation, found: Stretch
) -> Iterator[Failure]:
    if expectation.recovers is None:
        return
    recovered = found.recovered
    if recovered is not None and is_within(scenario, recovered, expectation.recovers):
        return
    got = "it did not recover" if recovered is None else _recovered(scenario, recovered)
    yield Failure(
        scenario=scenario.title,
        alarm=found.alarm,
        at=recovered,
        expected=f"recovers between {shown(expectation.recovers)}",
        got=got,
    )


def _judge_page(
    scenario: Scenario, expectation: Expectation, found: Stretch, pages: Sequence[Page]
) -> Iterator[Failure]:
    sent = [page for page in pages if page.alarm == found.alarm and page.at == found.fired]
    topics = sorted({page.topic for page in sent})
    for wanted in expectation.reaches:
        if not any(is_topic(wanted, topic) for topic in topics):
            yield Failure(
                scenario=scenario.title,
                alarm=found.alarm,
                at=found.fired,
                expected=f"the page reaches {wanted}",
                got=f"it reached {', '.join(topics) or 'no topic'}",
            )
        elif not any(page.subscribers for page in sent if is_topic(wanted, page.topic)):
            yield Failure(
                scenario=scenario.title,
                alarm=found.alarm,
                at=found.fired,
                expected=f"somebody subscribes to {wanted}",
                got="nobody does",
            )
    for text in expectation.page_says:
        if not any(text in page.subject or text in page.message for page in sent):
            yield Failure(
                scenario=scenario.title,
                alarm=found.alarm,
                at=found.fired,
                expected=f"the page says {text!r}",
                got=f"it says {sent[0].message[:200]!r} …" if sent else "there was no page",
            )


def _judge_unasked(scenario: Scenario, rest: Iterable[Stretch]) -> Iterator[Failure]:
    for stretch in rest:
        yield Failure(
            scenario=scenario.title,
            alarm=stretch.alarm,
            at=stretch.fired,
            expected=_say_quiet(scenario, stretch.alarm, "does not fire again"),
            got=f"it fired at {after(scenario, stretch.fired)}",
        )


def _judge_blind(scenario: Scenario, changes: Iterable[Transition]) -> Iterator[Failure]:
    """Yield every alarm that was OK and then knew nothing."""
    for change in changes:
        if change.new is State.INSUFFICIENT_DATA and change.old is State.OK:
            yield Failure(
                scenario=scenario.title,
                alarm=change.alarm,
                at=change.time,
                expected=_say_quiet(scenario, change.alarm, "fires and recovers only"),
                got=f"it went to {change.new} at {after(scenario, change.time)}",
            )


def _say_quiet(scenario: Scenario, alarm: str, of_expected: str) -> str:
    """Say what was expected of an alarm where nothing else of it was."""
    for near_miss in scenario.quiet:
        if near_miss.alarm == alarm:
            return f"stays quiet: {near_miss.because}"
    if any(alarm == each.alarm for each in scenario.expect):
        return of_expected
    return "stays quiet, as every alarm that is not named"


def is_topic(wanted: str, topic: str) -> bool:
    """Tell whether a topic is the one that is wanted, by name or severity."""
    return wanted == topic or TOPIC_WORDS.get(wanted, "\0") in topic


def is_within(scenario: Scenario, moment: int, stretch: tuple[int, int]) -> bool:
    """Tell whether a moment (s since 1970) lies in a stretch of the scenario."""
    return stretch[0] <= moment - scenario.start <= stretch[1]


def shown(stretch: tuple[int, int]) -> str:
    """Write a stretch of the scenario."""
    return " and ".join(map(format_duration, stretch))


def after(scenario: Scenario, moment: int) -> str:
    """Write how long after the start a moment (s since 1970) is."""
    return format_duration(moment - scenario.start)


def _recovered(scenario: Scenario, moment: int) -> str:
    return f"it recovered at {after(scenario, moment)}"
