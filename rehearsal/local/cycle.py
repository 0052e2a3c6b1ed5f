"""Go once through every function, and find out what is wrong with any of them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from rehearsal.local.console import Console, metrics_of
from rehearsal.local.function_log import FunctionRun, LogFollower
from rehearsal.local.schedules import ScheduledFunction, start_now, whole_minute
from rehearsal.local.stage import LocalStage
from watchkeeper.definitions.schedule import JobDefinition
from watchkeeper.workloads.storytailor.jobs import HEALTH_CHECK, JOBS
from watchkeeper.workloads.storytailor.metrics import (
    CHECK_PASSED,
    PIPELINE_EXECUTIONS,
)

COUNTED_WINDOW = timedelta(hours=2)


class Cycle:
    """Start every function as its schedule would, and judge what it did."""

    def __init__(self, stage: LocalStage, console: Console) -> None:
        self._stage = stage
        self._console = console
        self._logs = stage.emulator.client("logs")
        self._followers = {
            one.function: LogFollower(self._logs, one.function) for one in stage.functions
        }
        self._roles = {one.function: self._role(one) for one in stage.functions}

    def _role(self, scheduled: ScheduledFunction) -> str:
        client = self._stage.emulator.client("lambda")
        configuration = client.get_function_configuration(FunctionName=scheduled.function)
        return str(configuration["Role"]).rsplit("/", 1)[-1]

    def go(self) -> list[str]:
        """Start every function once; return a sentence for each thing that is wrong."""
        problems = [
            f"job {job.name} has no deployed schedule"
            for job in JOBS
            if self._scheduled(job) is None
        ]
        # The health check comes last: one of its checks is whether there is a fresh backup.
        for job in sorted(JOBS, key=lambda job: job is HEALTH_CHECK):
            scheduled = self._scheduled(job)
            if scheduled is not None:
                problems += self._run(job, scheduled)
        return problems

    def _scheduled(self, job: JobDefinition) -> ScheduledFunction | None:
        wanted = f"watchkeeper-{job.kebab_name}"
        return next((one for one in self._stage.functions if one.function.startswith(wanted)), None)

    def _run(self, job: JobDefinition, scheduled: ScheduledFunction) -> list[str]:
        now = whole_minute()
        error = start_now(self._stage.emulator, scheduled, now)
        runs = self.show_new_runs(scheduled)
        problems = [f"{job.name} ended with {error}"] if error else []
        problems += [
            f"{job.name} was refused an AWS call: {line}" for run in runs for line in run.denied
        ]
        if not runs:
            return [*problems, f"{job.name} left no run in its log group {scheduled.log_group}"]
        return [*problems, *self._missing_metrics(job, runs), *self._judge(job, runs, now)]

    def show_new_runs(self, scheduled: ScheduledFunction) -> list[FunctionRun]:
        """Print the runs of a function that have finished since the last look; return them."""
        runs = list(self._followers[scheduled.function].runs())
        for run in runs:
            self._console.run(run, self._roles[scheduled.function])
        return runs

    def _missing_metrics(self, job: JobDefinition, runs: Sequence[FunctionRun]) -> Iterator[str]:
        emitted = {metric.name for run in runs for metric in run.metrics}
        expected = {metric.name for metric in metrics_of(job.name)} | {"RunSucceeded"}
        for name in sorted(expected - emitted):
            yield f"{job.name} did not emit {name}"
        if any(run.failed for run in runs):
            yield f"{job.name} reported that it failed"

    def _judge(
        self, job: JobDefinition, runs: Sequence[FunctionRun], now: datetime
    ) -> Iterator[str]:
        if job is HEALTH_CHECK:
            yield from _sick_checks(runs)
        if job.name == PIPELINE_EXECUTIONS.source:
            yield from self._miscounted(runs, now)

    def _miscounted(self, runs: Sequence[FunctionRun], now: datetime) -> Iterator[str]:
        counted = sum(
            sum(metric.values)
            for run in runs
            for metric in run.metrics
            if metric.name == PIPELINE_EXECUTIONS.name and not metric.labels
        )
        with self._stage.database.reader.connect() as connection:
            row = connection.execute(
                "SELECT count(*) FROM pipeline_executions "
                "WHERE created_at >= %s AND created_at < %s",
                (now - COUNTED_WINDOW, now),
            ).fetchone()
        there = row[0] if row else 0
        if counted != there:
            yield f"pipeline_metrics counted {counted:g} runs, the table has {there}"
        else:
            self._console.note(f"counted {counted:g} runs; the table has {there}")


def _sick_checks(runs: Sequence[FunctionRun]) -> Iterator[str]:
    for run in runs:
        for metric in run.metrics:
            if metric.name == CHECK_PASSED.name and metric.values[-1] != 1:
                yield f"check {metric.labels.get('Check')} did not pass"
