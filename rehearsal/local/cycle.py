"""Go once through every function, and find out what is wrong with any of them."""

import contextlib
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from rehearsal.local.console import Console, metrics_of
from rehearsal.local.function_log import FunctionRun, LogFollower
from rehearsal.local.schedules import ScheduledFunction, may_start, start_at
from rehearsal.local.stage import LocalStage
from watchkeeper.definitions.schedule import JobDefinition
from watchkeeper.workloads.storytailor.jobs import HEALTH_CHECK, JOBS
from watchkeeper.workloads.storytailor.metrics import (
    CHECK_PASSED,
    PIPELINE_EXECUTIONS,
)

COUNTED_WINDOW = timedelta(hours=2)
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
        start_at(self._stage.emulator, scheduled, self._stage.clock.now())
        run = self._wait_for_run(scheduled, timeout_seconds=job.timeout_seconds + PATIENCE_SECONDS)
        if run is None:
            return [f"{job.name} was started, but no run ended in its log group"]
        problems = [f"{job.name} was refused an AWS call: {line}" for line in run.denied]
        if run.failed:
            return [*problems, f"{job.name} failed: {run.reason}"]
        problems += self._missing_metrics(job, run)
        return [*problems, *self._judge(job, run)]

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
        with contextlib.closing(self._stage.database.reader.connect()) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pipeline_executions "
                "WHERE created_at >= %s AND created_at < %s",
                (since, until),
            ).fetchone()
        there = row[0] if row else 0
        if counted != there:
            yield f"pipeline_metrics counted {counted} runs, the table has {there}"
        else:
            self._console.note(f"counted {counted} runs in two hours; so does the table")

    def _missing_metrics(self, job: JobDefinition, run: FunctionRun) -> Iterator[str]:
        expected = {metric.name for metric in metrics_of(job.name)}
        for name in sorted(expected - self._emitted_names[run.function]):
            yield f"{job.name} did not emit {name}"


def _sick_checks(run: FunctionRun) -> Iterator[str]:
    for metric in run.metrics:
        if metric.name == CHECK_PASSED.name and metric.values[-1] != 1:
            yield f"check {metric.labels.get('Check')} did not pass"
