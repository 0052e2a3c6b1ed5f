"""When suppressed actions run: the guide's examples, recordings, and a slow reference."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.engine.alarm import CompositeAlarm
from rehearsal.engine.composite.suppression import Phase, Suppression
from rehearsal.engine.errors import AlarmError


@dataclass(frozen=True)
class Event:
    """Be a change at a moment: of the composite, or of its suppressor to ALARM or from it."""

    at: float
    kind: str  # "composite", "silence" or "resume"


def play(
    machine: Suppression, events: list[Event], until: float, *, silent: bool = False
) -> tuple[list[float], list[tuple[float, Phase | None]]]:
    """Run events through the machine; return when actions ran, and each change of phase."""
    ran: list[float] = []
    phases: list[tuple[float, Phase | None]] = []
    for event in [*events, Event(until, "end")]:
        while machine.ends is not None and machine.ends <= event.at:
            moment = machine.ends
            step = machine.on_time(moment)
            machine = step.suppression
            ran.append(moment)
            phases.append((moment, machine.phase))
        before = machine.phase
        if event.kind == "composite":
            step = machine.on_change(event.at, suppressor_in_alarm=silent)
        elif event.kind in ("silence", "resume"):
            silent = event.kind == "silence"
            step = machine.on_suppressor(event.at, in_alarm=silent)
        else:
            break
        machine = step.suppression
        ran += [event.at] if step.runs_actions else []
        phases += [(event.at, machine.phase)] if machine.phase is not before else []
    return ran, phases


GUIDE = Suppression(wait_seconds=2, extension_seconds=3)


@pytest.mark.parametrize(
    ("events", "silent", "ran"),
    [
        ([Event(2, "composite")], False, [4]),
        ([Event(2, "composite"), Event(3, "silence")], False, []),
        ([Event(2, "composite"), Event(3, "composite")], False, [5]),
        ([Event(2, "composite")], True, []),
        ([Event(2, "composite"), Event(3, "silence"), Event(6, "resume")], False, [9]),
        (
            [
                *(Event(2, "composite"), Event(3, "silence")),
                *(Event(6, "resume"), Event(7, "composite")),
            ],
            False,
            [9],
        ),
    ],
    ids=["waits", "silenced-while-waiting", "waits-anew", "silent-before", "extends", "both"],
)
def test_the_six_examples_of_the_guide(events: list[Event], silent: bool, ran: list[float]) -> None:
    assert play(GUIDE, events, 20, silent=silent)[0] == ran


def test_the_recorded_course_of_a_five_second_wait_and_extension() -> None:
    machine = Suppression(wait_seconds=5, extension_seconds=5)
    events = [
        Event(103.225, "composite"),  # created, OK
        Event(122.864, "composite"),  # ALARM
        Event(150.399, "composite"),  # OK
        Event(151.856, "silence"),
        Event(155.644, "composite"),  # ALARM, silenced
        Event(169.316, "resume"),
    ]
    ran, phases = play(machine, events, 200)
    assert ran == pytest.approx([108.225, 127.864, 174.316])
    assert [phase for _, phase in phases] == [
        *(Phase.WAIT, None, Phase.WAIT, None, Phase.WAIT, Phase.ALARM),
        *(Phase.EXTENSION, None),
    ]


def test_a_change_during_the_extension_starts_a_new_wait() -> None:
    machine = Suppression(wait_seconds=5, extension_seconds=60)
    events = [Event(0, "composite"), Event(10, "resume"), Event(20, "composite")]
    ran, phases = play(machine, events, 200, silent=True)
    assert (ran, phases[-2]) == ([25], (20, Phase.WAIT))


def test_the_suppressor_s_return_during_the_extension_keeps_actions_silent() -> None:
    events = [Event(0, "composite"), Event(1, "resume"), Event(2, "silence")]
    assert play(GUIDE, events, 100, silent=True)[0] == []


def test_a_suppressor_that_leaves_alarm_while_waiting_changes_nothing() -> None:
    step = GUIDE.on_change(0, suppressor_in_alarm=False)
    assert step.suppression.on_suppressor(1, in_alarm=False).suppression == step.suppression


def test_periods_of_zero_run_actions_at_once() -> None:
    machine = Suppression(wait_seconds=0, extension_seconds=0)
    assert machine.on_change(1, suppressor_in_alarm=False).runs_actions
    silent = machine.on_change(1, suppressor_in_alarm=True)
    assert not silent.runs_actions
    assert silent.suppression.on_suppressor(2, in_alarm=False).runs_actions


def test_the_suppressor_means_nothing_to_actions_that_have_run() -> None:
    for in_alarm in (True, False):
        step = GUIDE.on_suppressor(1, in_alarm=in_alarm)
        assert (step.suppression, step.runs_actions) == (GUIDE, False)


def test_time_before_the_end_of_a_phase_changes_nothing() -> None:
    waiting = GUIDE.on_change(0, suppressor_in_alarm=False).suppression
    assert not waiting.on_time(1.999).runs_actions
    assert waiting.on_time(2).runs_actions
    assert not GUIDE.on_time(5).runs_actions


def test_an_end_that_was_passed_over_is_an_error_and_never_a_lost_action() -> None:
    waiting = GUIDE.on_change(0, suppressor_in_alarm=False).suppression
    with pytest.raises(AlarmError, match="the WaitPeriod ended at 2; on_time must come before 3"):
        waiting.on_change(3, suppressor_in_alarm=False)
    with pytest.raises(AlarmError, match="on_time must come before 2"):
        waiting.on_suppressor(2, in_alarm=True)


def test_an_alarm_s_periods_are_taken_and_negative_ones_refused() -> None:
    alarm = CompositeAlarm(
        name="c",
        arn="a",
        account="1",
        region="r",
        rule="TRUE",
        suppressor="s",
        suppressor_wait_seconds=60,
        suppressor_extension_seconds=120,
    )
    assert Suppression.of(alarm) == Suppression(wait_seconds=60, extension_seconds=120)
    with pytest.raises(AlarmError, match="at least 0 seconds, not -1"):
        Suppression(wait_seconds=60, extension_seconds=-1)


def reference(
    wait: int, extension: int, events: list[Event], until: int, silent: bool
) -> list[int]:
    """Say second by second when actions run, from the words of the guide alone.

    An unreported change is reported once nothing has kept it silent: not the suppressor, not the
    wait since the change, not the extension since the suppressor left ALARM.
    """
    ran: list[int] = []
    changed_at: int | None = None
    silenced = False  # since the change, the suppressor was in ALARM
    left_at = 0
    for now in range(until):
        due = left_at + extension if silenced else (changed_at or 0) + wait
        if changed_at is not None and not (silenced and silent) and now == due:
            ran.append(now)
            changed_at = None
        for event in (event for event in events if event.at == now):
            if event.kind == "composite":
                changed_at, silenced = now, silent
            else:
                was, silent = silent, event.kind == "silence"
                silenced = silenced or silent
                left_at = now if was and not silent else left_at
            due = left_at + extension if silenced else (changed_at or 0) + wait
            if changed_at is not None and not (silenced and silent) and due == now:
                ran.append(now)
                changed_at = None
    return ran


@st.composite
def courses(draw: st.DrawFn) -> list[Event]:
    """Draw changes in order, the suppressor's alternating."""
    times = sorted(draw(st.lists(st.integers(0, 30), max_size=10, unique=True)))
    events, silent = [], False
    for at in times:
        if draw(st.booleans()):
            events.append(Event(at, "composite"))
        else:
            silent = not silent
            events.append(Event(at, "silence" if silent else "resume"))
    return events


@given(st.integers(0, 6), st.integers(0, 6), courses())
def test_the_machine_agrees_with_a_reading_second_by_second(
    wait: int, extension: int, events: list[Event]
) -> None:
    machine = Suppression(wait_seconds=wait, extension_seconds=extension)
    assert play(machine, events, 50)[0] == reference(wait, extension, events, 50, silent=False)
