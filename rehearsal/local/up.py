"""`make up`: the suite on this machine, deployed by the real CDK, watching live traffic."""

import time

from rehearsal.local.console import Console
from rehearsal.local.cycle import Cycle
from rehearsal.local.stage import LocalStage, local_stage
from rehearsal.local.traffic import LiveTraffic

POLL_SECONDS = 2.0


def up(*, once: bool) -> int:
    """Set the stage and show every run; with `once` one cycle only.

    Return 0, or 1 after naming what is wrong.
    """
    console = Console()
    try:
        with local_stage(console) as stage:
            cycle = Cycle(stage, console)
            console.say("\nOne cycle of every function, each started by the scheduler:")
            problems = cycle.go()
            for problem in problems:
                console.problem(problem)
            if problems:
                return 1
            console.success("every function did its job under its own role")
            if not once:
                _watch(stage, cycle, console)
    except KeyboardInterrupt:
        console.say("\nStopped; nothing is left running.")
    return 0


def _watch(stage: LocalStage, cycle: Cycle, console: Console) -> None:
    """Let traffic flow and show each scheduled run until the person has seen enough."""
    console.say("\nTraffic flows; the schedules start the functions from now on (Ctrl-C ends):")
    for one in stage.functions:
        console.note(f"{one.name}: {one.expression}")
    with LiveTraffic(stage.traffic):
        while True:
            time.sleep(POLL_SECONDS)
            stage.emulator.process.raise_if_dead()
            for one in stage.functions:
                cycle.show_new_runs(one)
