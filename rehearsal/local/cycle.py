"""Go once through every function, and find out what is wrong with any of them."""

import contextlib
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from rehearsal.local.console import Console, metrics_of
from rehearsal.local.errors import LocalStageError
from rehearsal.local.function_log import FunctionRun, LogFollower
from rehearsal.local.happenings import NEEDED, NOTHING
from rehearsal.local.mailbox import KINDS, Mailbox
from rehearsal.local.schedules import ScheduledFunction, may_start, start_at
from rehearsal.local.stage import LocalStage
from rehearsal.local.stand_in_alarms import put_stand_ins
from watchkeeper.definitions.schedule import JobDefinition
from watchkeeper.workloads.storytailor.jobs import (
    ALARM_DRILL,
    ARCHIVE,
    HEALTH_CHECK,
    JOBS,
    REFERRAL_METRICS,
)
from watchkeeper.workloads.storytailor.metrics import CHECK_PASSED, PIPELINE_EXECUTIONS
from watchkeeper.workloads.storytailor.metrics_referrals import CREDITS_ISSUED

COUNTED_WINDOW = timedelta(hours=2)
# A day more than the archive leaves where it is.
KEPT = timedelta(days=91)
OLD_ROWS = """
SELECT (SELECT count(*) FROM pipeline_executions WHERE created_at < %(until)s)
     + (SELECT count(*) FROM email_delivery_log WHERE sent_at < %(until)s)
"""
RUNS = """
SELECT count(*) FROM pipeline_executions WHERE created_at >= %(since)s AND created_at < %(until)s
"""
POLL_SECONDS = 0.3
# A function that uses up its time is cut off and reported by then.
PATIENCE_SECONDS = 10.0


class Cycle:
    """Have the scheduler start every function, and judge what it did."""

    def __init__(self, stage: LocalStage, console: Console) -> None:
        self._stage = stage
        self._console = console
        self._logs = stage.emulator.client("logs")
        self._followers = {
            one.function: LogFollower(self._logs, one.function) for one in stage.functions
        }
        self._roles = {one.function: self._role(one) for one in stage.functions}
        self._emitted_names: defaultdict[str, set[str]] = defaultdict(set)
        self._executions: Counter[int] = Counter()
        self._mailbox = Mailbox(stage.emulator)

    def _role(self, scheduled: ScheduledFunction) -> str:
        client = self._stage.emulator.client("lambda")
        configuration = client.get_function_configuration(FunctionName=scheduled.function)
        return str(configuration["Role"]).rsplit("/", 1)[-1]

    def go(self) -> list[str]:
        """Start every function once; return a sentence for each thing that is wrong."""
        # The health check comes last: one of its checks is whether there is a fresh backup.
        jobs = sorted(JOBS, key=lambda job: job is HEALTH_CHECK)
        return [problem for job in jobs for problem in self.try_job(job)]

    def try_job(self, job: JobDefinition) -> list[str]:
        """Start one function once; return a sentence for each thing that is wrong."""
        scheduled = self._scheduled(job)
        if scheduled is None:
            return [f"job {job.name} has no deployed schedule"]
        return self._run(job, scheduled)

    def _scheduled(self, job: JobDefinition) -> ScheduledFunction | None:
        wanted = f"watchkeeper-{job.kebab_name}"
        return next((one for one in self._stage.functions if one.function.startswith(wanted)), None)

    def _run(self, job: JobDefinition, scheduled: ScheduledFunction) -> list[str]:
        if not may_start(self._stage.emulator, scheduled):
            return [f"the schedule of {job.name} is not allowed to start it"]
        self._prepare(job, scheduled)
        run = self._start(job, scheduled)
        if run is None:
            return [f"{job.name} was started, but no run ended in its log group"]
        problems = [f"{job.name} was refused an AWS call: {line}" for line in run.denied]
        if run.failed:
            return [*problems, f"{job.name} failed: {run.reason}"]
        problems += self._missing_metrics(job, run)
        return [*problems, *self._judge(job, run)]

    def _prepare(self, job: JobDefinition, scheduled: ScheduledFunction) -> None:
        """Let happen what is too rare to be sure of, or what a run compares with."""
        needed = NEEDED.get(job.name, NOTHING)
        at = self._now() - needed.ago
        if needed.before:
            self._let_happen(needed.before, at)
        if needed.between:
            self._start(job, scheduled)
            self._let_happen(needed.between, at)
        if job is ALARM_DRILL:
            # CloudWatch would have taken back what a drill before has set.
            put_stand_ins(self._stage.emulator, self._stage.templates.alarms)

    def _let_happen(self, statement: str, at: datetime) -> None:
        with contextlib.closing(self._stage.database.owner.connect()) as connection:
            connection.execute(statement.encode(), {"at": at})

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._stage.clock.now(), UTC)

    def _start(self, job: JobDefinition, scheduled: ScheduledFunction) -> FunctionRun | None:
        start_at(self._stage.emulator, scheduled, self._stage.clock.now())
        return self._wait_for_run(scheduled, timeout_seconds=job.timeout_seconds + PATIENCE_SECONDS)

    def _wait_for_run(
        self, scheduled: ScheduledFunction, *, timeout_seconds: float
    ) -> FunctionRun | None:
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            self._stage.emulator.process.raise_if_dead()
            for run in self.show_new_runs(scheduled):
                return run
            time.sleep(POLL_SECONDS)
        return None

    def show_new_runs(self, scheduled: ScheduledFunction) -> list[FunctionRun]:
        """Print the runs of a function that have finished since the last look; return them."""
        runs = self._followers[scheduled.function].runs()
        for run in runs:
            self._console.run(run, self._roles[scheduled.function])
            self._remember(run)
        return runs

    def _remember(self, run: FunctionRun) -> None:
        for metric in run.metrics:
            self._emitted_names[run.function].add(metric.name)
            if metric.name == PIPELINE_EXECUTIONS.name and not metric.labels:
                self._executions[metric.timestamp] += round(sum(metric.values))

    def _judge(self, job: JobDefinition, run: FunctionRun) -> Iterator[str]:
        if job is HEALTH_CHECK:
            yield from _sick_checks(run)
        if job.name == PIPELINE_EXECUTIONS.source:
            yield from self._miscounted()
        if job is REFERRAL_METRICS and not _total(run, CREDITS_ISSUED.name):
            yield "a credit was issued between two runs, and referral_metrics counted none"
        if job is ARCHIVE:
            yield from self._left_behind(run)
        if job.name in KINDS:
            yield from self._unsent(job)

    def _unsent(self, job: JobDefinition) -> Iterator[str]:
        """Fetch the mail that a report should have sent, for people to look at."""
        try:
            text, html = self._mailbox.take(job.name)
        except LocalStageError as error:
            yield str(error)
            return
        self._console.note(f"mailed: {text.read_text().splitlines()[3]} See {html}")

    def _left_behind(self, run: FunctionRun) -> Iterator[str]:
        """Look for rows that the archive should have moved; the newest of a kind may stay."""
        there = self._count(OLD_ROWS, {"until": self._now() - KEPT})
        if there:
            yield f"{run.function} left {there} old rows where they were"
        else:
            self._console.note("the archive has every old row, and the tables have none")

    def _miscounted(self) -> Iterator[str]:
        """Compare everything emitted so far with a recount of the table."""
        # The zeros of a run are stamped with the last minute that it has counted.
        last = datetime.fromtimestamp(max(self._executions) / 1000, tz=UTC)
        until = last + timedelta(minutes=1)
        since = until - COUNTED_WINDOW
        counted = sum(
            count
            for timestamp, count in self._executions.items()
            if since.timestamp() <= timestamp / 1000 < until.timestamp()
        )
        there = self._count(RUNS, {"since": since, "until": until})
        if counted != there:
            yield f"pipeline_metrics counted {counted} runs, the table has {there}"
        else:
            self._console.note(f"counted {counted} runs in two hours; so does the table")

    def _count(self, query: str, times: Mapping[str, datetime]) -> int:
        with contextlib.closing(self._stage.database.reader.connect()) as connection:
            row: Any = connection.execute(query.encode(), times).fetchone()
        return int(row[0])

    def _missing_metrics(self, job: JobDefinition, run: FunctionRun) -> Iterator[str]:
        expected = {metric.name for metric in metrics_of(job.name)}
        for name in sorted(expected - self._emitted_names[run.function]):
            yield f"{job.name} did not emit {name}"


def _total(run: FunctionRun, name: str) -> float:
    return sum(sum(metric.values) for metric in run.metrics if metric.name == name)


def _sick_checks(run: FunctionRun) -> Iterator[str]:
    for metric in run.metrics:
        if metric.name == CHECK_PASSED.name and metric.values[-1] != 1:
            yield f"check {metric.labels.get('Check')} did not pass"
