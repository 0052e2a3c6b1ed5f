"""Hold what functions did to others, by themselves, against what a scenario expects: no more."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from rehearsal.runner.result import Failure, Page, Wrote
from rehearsal.runner.verdict import after, is_topic, is_within, shown
from rehearsal.scenario.model import Message, Scenario, Written

D = TypeVar("D", Page, Wrote)
SHOWN_CHARACTERS = 200


def judge_deeds(
    scenario: Scenario, messages: Sequence[Page], wrote: Sequence[Wrote]
) -> Iterator[Failure]:
    """Yield each message and parameter that was expected and did not come, or came unexpected."""
    yield from _judge_messages(scenario, list(messages))
    yield from _judge_written(scenario, list(wrote))


def _judge_messages(scenario: Scenario, rest: list[Page]) -> Iterator[Failure]:
    for expected in scenario.message:
        for wanted in expected.reaches:
            mine = [each for each in rest if is_topic(wanted, each.topic)]
            found = _first_within(scenario, expected, mine)
            if found is None:
                yield _missing(scenario, wanted, expected, [each.at for each in mine])
                continue
            rest.remove(found)
            yield from _judge_message(scenario, wanted, expected, found)
    for each in rest:
        yield Failure(
            scenario=scenario.title,
            alarm=each.topic,
            at=each.at,
            expected="no function publishes to it, unless a [[message]] says so",
            got=f"{each.subject!r} at {after(scenario, each.at)}",
        )


def _judge_message(
    scenario: Scenario, wanted: str, expected: Message, found: Page
) -> Iterator[Failure]:
    if not found.subscribers:
        yield Failure(
            scenario=scenario.title,
            alarm=found.topic,
            at=found.at,
            expected=f"somebody subscribes to {wanted}",
            got="nobody does",
        )
    yield from _unsaid(
        scenario, found.topic, found.at, expected.says, f"{found.subject}\n{found.message}"
    )


def _judge_written(scenario: Scenario, rest: list[Wrote]) -> Iterator[Failure]:
    for expected in scenario.written:
        mine = [
            each
            for each in rest
            if (each.parameter, each.value) == (expected.parameter, expected.value)
        ]
        found = _first_within(scenario, expected, mine)
        if found is None:
            yield _missing(scenario, expected.parameter, expected, [each.at for each in mine])
            continue
        rest.remove(found)
        yield from _unsaid(scenario, found.parameter, found.at, expected.says, found.description)
    for each in rest:
        yield Failure(
            scenario=scenario.title,
            alarm=each.parameter,
            at=each.at,
            expected="no function writes it, unless a [[written]] says so",
            got=f"{each.value!r} at {after(scenario, each.at)}",
        )


def _first_within(scenario: Scenario, expected: Message | Written, deeds: Iterable[D]) -> D | None:
    return next((each for each in deeds if is_within(scenario, each.at, expected.between)), None)


def _missing(
    scenario: Scenario, what: str, expected: Message | Written, others: Sequence[int]
) -> Failure:
    done = "is written" if isinstance(expected, Written) else "gets a message"
    moments = ", ".join(after(scenario, at) for at in others)
    return Failure(
        scenario=scenario.title,
        alarm=what,
        at=None,
        expected=f"{done} between {shown(expected.between)}",
        got=f"it was so at {moments}" if others else "it never was",
    )


def _unsaid(
    scenario: Scenario, what: str, at: int, texts: Iterable[str], said: str
) -> Iterator[Failure]:
    for text in texts:
        if text not in said:
            yield Failure(
                scenario=scenario.title,
                alarm=what,
                at=at,
                expected=f"it says {text!r}",
                got=f"it says {said[:SHOWN_CHARACTERS]!r} …",
            )
