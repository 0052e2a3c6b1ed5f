"""Play an incident as fast as the deployed functions do their work, up to its recovery.

An hour on the wall is an hour nobody has, so time here is played: it stands at a minute until all
that belongs to the minute is done, and then goes on to the next. Rows carry the played time; the
deployed schedules are stopped and their functions started through the scheduler, with the time
they would have had, which is all a function knows of time; alarms are evaluated minute by minute.
The functions, their roles, logs, SNS and the inbox are those of every other run. The play lies in
the past, since no function counts what is yet to come.
"""

import time
from datetime import UTC, datetime

from rehearsal.local.clock import MINUTE, PlayedClock
from rehearsal.local.console import Console, clock_time
from rehearsal.local.errors import LocalStageError
from rehearsal.local.function_log import FunctionRun, LogFollower
from rehearsal.local.incident.arrivals import expect_arrivals, has_all, list_overdue
from rehearsal.local.incident.script import Script
from rehearsal.local.incident.stage_hands import StageHands
from rehearsal.local.paging.pager import Pager
from rehearsal.local.schedules import ScheduledFunction, start_at, stop_schedule
from rehearsal.local.stage import LocalStage
from rehearsal.world.schedule import Starts

RUN_TIMEOUT_SECONDS = 150.0
POLL_SECONDS = 0.05


class Play:
    """Play one script on a stage whose clock stands where the script's healthy time begins."""

    def __init__(
        self,
        stage: LocalStage,
        script: Script,
        clock: PlayedClock,
        console: Console,
    ) -> None:
        self._stage = stage
        self._script = script
        self._clock = clock
        self._console = console
        self._pager = Pager(stage, console)
        self._arrivals = expect_arrivals(script, self._pager)
        self._starts = [(each, Starts(expression=each.expression)) for each in stage.functions]
        self._shown = 0
        logs = stage.emulator.client("logs")
        self._followers = {
            each.function: LogFollower(logs, each.function) for each in stage.functions
        }

    def go(self) -> list[str]:
        """Play until everything has arrived; return a sentence for each thing that did not."""
        begins = int(self._clock.now()) // MINUTE * MINUTE
        self._console.say(
            f"\nPlaying {self._script.name}: {self._script.scenario.title}. "
            f"It is {datetime.fromtimestamp(begins, UTC):%A, %-d %B, %H:%M} UTC; "
            f"at {clock_time(self._script.start)} it begins."
        )
        self._start_world(begins)
        self._pager.go_on()
        last = max(each.recovery_due for each in self._arrivals) + MINUTE
        with StageHands(self._stage, self._script) as hands:
            for minute in range(begins + MINUTE, last + MINUTE, MINUTE):
                self._play(minute, hands)
                if has_all(self._arrivals):
                    return self._conclude()
                overdue = list_overdue(self._arrivals, self._pager, minute)
                if overdue:
                    return overdue
        raise LocalStageError(f"{self._script.name} was played to its end and nothing came of it")

    def _conclude(self) -> list[str]:
        """Say of every alarm when its page and its recovery came; return what they did not say."""
        for each in self._arrivals:
            self._console.success(str(each))
        return [text for each in self._arrivals for text in each.unsaid()]

    def _play(self, minute: int, hands: StageHands) -> None:
        self._clock.set(minute)
        hands.go_on(minute)
        if hands.has_database and hands.has_background:
            self._write_traffic(minute)
        self._run_functions(minute)
        self._pager.go_on()
        self._pager.wait_for_deliveries()
        for page in self._pager.pages[self._shown :]:
            # Who is to be paged twice by an alarm takes its pages one after the other.
            any(arrival.take(page) for arrival in self._arrivals)
        self._shown = len(self._pager.pages)

    def _write_traffic(self, minute: int) -> None:
        traffic = self._stage.traffic
        if traffic.advanced_to is not None:
            traffic.advance(traffic.advanced_to, datetime.fromtimestamp(minute, UTC))

    def _start_world(self, begins: int) -> None:
        """Run every function once; the health check looks for a backup, and comes last."""
        backups = [each for each in self._stage.functions if "backup" in each.name]
        others = [each for each in self._stage.functions if each not in backups]
        for together in (backups, others):
            runs = self._run(together, begins)
            for run in runs:
                if run.failed or run.denied:
                    raise LocalStageError(
                        f"{run.function} failed before the incident: {run.denied or run.reason}"
                    )

    def _run_functions(self, minute: int) -> None:
        due = [each for each, starts in self._starts if any(starts.between(minute - 1, minute))]
        if due:
            self._run(due, minute)

    def _run(self, due: list[ScheduledFunction], minute: int) -> list[FunctionRun]:
        """Have the scheduler start functions for a minute, side by side, and wait for them."""
        for each in due:
            start_at(self._stage.emulator, each, minute)
        runs = [self._wait_for(each) for each in due]
        self._console.rounds(minute, runs)
        return runs

    def _wait_for(self, scheduled: ScheduledFunction) -> FunctionRun:
        deadline = time.monotonic() + RUN_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            self._stage.emulator.process.raise_if_dead()
            for run in self._followers[scheduled.function].runs():
                return run
            time.sleep(POLL_SECONDS)
        raise LocalStageError(
            f"{scheduled.function} was started and did not end within {RUN_TIMEOUT_SECONDS:g} s"
        )


def stop_schedules(stage: LocalStage) -> None:
    """Let the deployed schedules start nothing by themselves: the play does."""
    for each in stage.functions:
        stop_schedule(stage.emulator, each)
