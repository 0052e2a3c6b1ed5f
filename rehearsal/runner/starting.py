"""How a schedule starts a function, and what AWS does when that fails: retries and dead letters."""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from rehearsal.runner.agenda import Agenda
from rehearsal.runner.deployment import DeployedFunction, DeployedSchedule
from rehearsal.runner.function_run import FunctionRun
from rehearsal.runner.host import FunctionHost
from rehearsal.runner.incident import Incident
from rehearsal.runner.recording import MINUTE, Recording
from rehearsal.world.invocation import Invocation
from rehearsal.world.schedule import to_iso

# Lambda retries a failed event after one minute and then two (Lambda developer guide); Scheduler
# and throttled events back off, and the first steps are of this size.
RETRY_SECONDS = 60
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
DIED = "Runtime.ExitError: Runtime exited without providing a reason"
SCHEDULER = "AWS/Scheduler"


@dataclass(frozen=True, kw_only=True)
class Event:
    """Be one event on its way to a function."""

    function: DeployedFunction
    text: str
    sent: int
    tries: int = 1


@dataclass(kw_only=True)
class Starter:
    """Start functions when their schedules are due, and follow what becomes of it."""

    agenda: Agenda
    host: FunctionHost
    incident: Incident
    recording: Recording
    note: Callable[[Invocation], None]
    before_start: Callable[[int], None] = lambda _at: None
    runs: list[FunctionRun] = field(default_factory=list)
    dead_letters: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def schedule_due(
        self, schedule: DeployedSchedule, function: DeployedFunction, scheduled: int
    ) -> None:
        """Let a schedule start its function."""
        self._attempt(schedule, function, scheduled, scheduled, 0)

    def _attempt(
        self,
        schedule: DeployedSchedule,
        function: DeployedFunction,
        scheduled: int,
        at: int,
        retries: int,
    ) -> None:
        faults = self.incident.faults(function.name, at)
        if "stopped" in faults:
            return
        self._count(schedule, "InvocationAttemptCount", at)
        if "unstartable" not in faults:
            text = schedule.input.replace(SCHEDULED_TIME, to_iso(scheduled))
            self._start(Event(function=function, text=text, sent=at), at)
            return
        self._count(schedule, "TargetErrorCount", at)
        again = at + RETRY_SECONDS * 2**retries
        if retries < schedule.retries and again - scheduled <= schedule.event_age_seconds:
            self.agenda.add(
                again, lambda now: self._attempt(schedule, function, scheduled, now, retries + 1)
            )
            return
        self._count(schedule, "InvocationDroppedCount", at)
        self._give_up(schedule.dead_letters, at)

    def _count(self, schedule: DeployedSchedule, metric: str, at: int) -> None:
        group = {"ScheduleGroup": schedule.group}
        self.recording.keep(SCHEDULER, metric, group, at // MINUTE * MINUTE, (1.0,))

    def _give_up(self, queue: str, at: int) -> None:
        if queue:
            self.dead_letters[queue].append(at)

    def _start(self, event: Event, at: int) -> None:
        function = event.function
        faults = self.incident.faults(function.name, at)
        if "throttled" in faults:
            self.note(Invocation(function=function.name, at=at, is_throttled=True))
            self._again(event, at, RETRY_SECONDS, event.tries)
            return
        self.before_start(at)
        if "crashing" in faults:
            run = FunctionRun(function=function.name, at=at, seconds=0.0, error=DIED)
        else:
            run = self.host.start(function, json.loads(event.text), at)
        self.runs.append(run)
        late = faults["late-logs"].delay if "late-logs" in faults else 0
        self.recording.keep_log(run, function.log_group, late)
        failed = bool(run.error)
        self.note(Invocation(function=function.name, at=at, seconds=run.seconds, has_failed=failed))
        if not failed:
            return
        if event.tries <= function.retries:
            self._again(event, at, RETRY_SECONDS * event.tries, event.tries + 1)
        else:
            self._give_up(function.dead_letters, at)

    def _again(self, event: Event, at: int, wait_seconds: int, tries: int) -> None:
        if at + wait_seconds - event.sent > event.function.event_age_seconds:
            self._give_up(event.function.dead_letters, at)
            return
        again = Event(function=event.function, text=event.text, sent=event.sent, tries=tries)
        self.agenda.add(at + wait_seconds, lambda now: self._start(again, now))
