"""`make up`: the suite on this machine, deployed by the real CDK, watching live traffic."""

import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rehearsal.local.clock import MINUTE, PlayedClock
from rehearsal.local.console import Console
from rehearsal.local.cycle import Cycle
from rehearsal.local.incident.files import find_incident
from rehearsal.local.incident.play import Play, stop_schedules
from rehearsal.local.incident.script import glance, latest_start, read_script
from rehearsal.local.incident.stage_hands import StageHands
from rehearsal.local.paging.pager import Pager
from rehearsal.local.stage import LocalStage, Setting, local_stage
from rehearsal.local.traffic import LiveTraffic
from rehearsal.local.traffic_rates import Rates
from rehearsal.scenario.model import Scenario
from rehearsal.world.profile import PROFILES

POLL_SECONDS = 2.0
# The first run counts two hours back. A rehearsal's world begins with its first run, and so its
# play does: the history ends before.
SILENCE = timedelta(hours=2, minutes=10)


def up(*, once: bool, incident: str = "") -> int:
    """Set the stage and show every run and every page.

    With `once` it ends after one cycle, or with an incident after its page and its recovery.
    Return 0, or 1 after naming what is wrong.
    """
    console = Console()
    file = find_incident(incident) if incident else None
    try:
        if file is not None and once:
            return _play(file, console)
        return _watch_live(file, console, once=once)
    except KeyboardInterrupt:
        console.say("\nStopped; nothing is left running.")
    return 0


def _watch_live(file: Path | None, console: Console, *, once: bool) -> int:
    setting = Setting(rates=_rates(glance(file))) if file else Setting()
    with local_stage(console, setting) as stage:
        pager, cycle = Pager(stage, console), Cycle(stage, console)
        if not _has_passed_a_cycle(cycle, console):
            return 1
        if not once:
            _watch(stage, cycle, pager, console, file)
    return 0


def _play(file: Path, console: Console) -> int:
    """Play an incident to its end on a clock that waits for nobody but the functions."""
    scenario = glance(file)
    starts = latest_start(scenario, datetime.now(UTC))
    clock = PlayedClock(int(starts.timestamp()) - scenario.warm_up)
    setting = Setting(clock=clock, rates=_rates(scenario), silence=SILENCE)
    with local_stage(console, setting) as stage:
        stop_schedules(stage)
        script = read_script(file, stage.templates, stage.emulator, starts=starts)
        problems = Play(stage, script, clock, console).go()
        for problem in problems:
            console.problem(problem)
        if problems:
            return 1
        console.success("every page and every recovery has arrived in the inbox")
    return 0


def _rates(scenario: Scenario) -> Rates:
    """Give the traffic of an incident's background; before one without any there was some."""
    return PROFILES[scenario.background].rates or Rates()


def _has_passed_a_cycle(cycle: Cycle, console: Console) -> bool:
    console.say("\nOne cycle of every function, each started by the scheduler:")
    problems = cycle.go()
    for problem in problems:
        console.problem(problem)
    if not problems:
        console.success("every function did its job under its own role")
    return not problems


def _watch(
    stage: LocalStage, cycle: Cycle, pager: Pager, console: Console, file: Path | None
) -> None:
    """Let traffic flow and show each scheduled run and page until the person has seen enough."""
    console.say("\nTraffic flows; the schedules start the functions from now on (Ctrl-C ends):")
    for one in stage.functions:
        console.note(f"{one.name}: {one.expression}")
    with ExitStack() as stack:
        hands = stack.enter_context(_live_hands(stage, file, console)) if file else None
        if hands is None or hands.has_background:
            stack.enter_context(LiveTraffic(stage.traffic))
        while True:
            time.sleep(POLL_SECONDS)
            stage.emulator.process.raise_if_dead()
            if hands:
                hands.go_on(int(time.time()))
            for one in stage.functions:
                cycle.show_new_runs(one)
            pager.go_on()


def _live_hands(stage: LocalStage, file: Path, console: Console) -> StageHands:
    """Begin an incident at the next minute of the wall clock: the stage is warm already."""
    starts = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(seconds=MINUTE)
    script = read_script(file, stage.templates, stage.emulator, starts=starts)
    console.say(
        f"\n{script.name} begins at {starts:%H:%M} UTC: {script.scenario.title}. It takes the time "
        "it takes; ONCE=1 plays it in two minutes."
    )
    return StageHands(stage, script)
