"""What pages somebody about the suite itself.

These alarms stand on metrics AWS emits wherever they can: a suite that is broken cannot be
trusted to say so. Their topics do not pass through any function of the suite.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from watchkeeper.aws_metrics import (
    EMF_PARSING_ERRORS,
    EMF_VALIDATION_ERRORS,
    LAMBDA_ERRORS,
    LAMBDA_THROTTLES,
    QUEUE_VISIBLE_MESSAGES,
    SCHEDULE_DROPPED,
    SCHEDULE_TARGET_ERRORS,
    TOPIC_FAILED_NOTIFICATIONS,
)
from watchkeeper.definitions.alarm import (
    MAX_METRICS_IN_EXPRESSION,
    AlarmDefinition,
    AnyOf,
    Expression,
    Statistic,
    Threshold,
    TreatMissingData,
    Window,
)
from watchkeeper.definitions.conditions import (
    FIFTEEN_MINUTES,
    FIVE_MINUTES,
    ONE_DAY,
    ONE_HOUR,
    TWO_OF_THREE,
    above,
    numbered,
    silent,
    total,
)
from watchkeeper.definitions.metric import MetricDefinition, MetricSeries
from watchkeeper.definitions.schedule import JobDefinition
from watchkeeper.definitions.severity import Severity
from watchkeeper.engine_metrics import (
    LEDGER_RECOVERED,
    MINUTES_BEHIND,
    ROWS_FOLDED,
    ROWS_UNREADABLE,
    RUN_SUCCEEDED,
)
from watchkeeper.environment.model import Environment
from watchkeeper.environment.names import Names
from watchkeeper.environment.thresholds import Thresholds

DASHBOARD = "Watchkeeper"
# How far behind a count is matters where alarms look at the last minutes: every five.
FREQUENT_SECONDS = 300
# Its silence has an alarm among the workload's own, as people's runbooks know it.
WATCHED_ELSEWHERE = ("health_check",)


@dataclass(frozen=True, kw_only=True)
class SelfAlarms:
    """Build the alarms on the suite's own parts in one environment."""

    environment: Environment
    jobs: tuple[JobDefinition, ...]
    topics: tuple[str, ...]
    numbers: Thresholds

    def alarms(self) -> Iterator[AlarmDefinition]:
        """Yield every alarm, functions first."""
        yield from self._functions()
        yield from self._deliveries()
        yield from self._metrics()
        yield from self._counting()

    def _alarm(
        self,
        name: str,
        severity: Severity,
        condition: Threshold | AnyOf,
        meaning: str,
        checks: tuple[str, str, str],
        *,
        runbook: str = "",
        silent_child: bool = False,
    ) -> AlarmDefinition:
        return AlarmDefinition(
            name=f"watchkeeper-{name}",
            severity=severity,
            condition=condition,
            meaning=meaning,
            first_checks=checks,
            runbook=f"watchkeeper-{runbook or name}",
            dashboard=DASHBOARD,
            silent=silent_child,
        )

    def _own(self, metric: MetricDefinition, job: str) -> MetricSeries:
        return metric.series(Environment=self.environment.name, Function=job)

    def _functions(self) -> Iterator[AlarmDefinition]:
        names = Names(self.environment)
        checks = (
            "The function's log: which error, since which run?",
            "A deployment of the suite, a changed secret, a changed right?",
            "Does the target it reads answer (health check)?",
        )
        for job in self.jobs:
            cadence = job.schedule.cadence_seconds
            if job.schedule.is_daily:
                yield self._daily_silence(job, checks)
            if cadence is None:
                continue
            beat = cadence // 60
            function = LAMBDA_ERRORS.series(FunctionName=names.function(job))
            yield self._alarm(
                f"{job.kebab_name}-failing",
                Severity.P2,
                above(
                    Statistic(series=function, statistic="Sum"),
                    0,
                    replace(TWO_OF_THREE, period_seconds=cadence),
                ),
                f"{job.name} fails again and again: what it measures is not being watched.",
                checks,
                runbook="function-failing",
            )
            if job.name in WATCHED_ELSEWHERE:
                continue
            yield self._alarm(
                f"{job.kebab_name}-silent",
                Severity.P2,
                silent(self._own(RUN_SUCCEEDED, job.name), minutes=3 * beat, every_minutes=beat),
                f"{job.name} has reported nothing for {3 * beat} minutes: its alarms cannot fire.",
                ("Does its schedule exist and start it?", *checks[:2]),
                runbook="function-silent",
            )
        throttles = [LAMBDA_THROTTLES.series(FunctionName=names.function(job)) for job in self.jobs]
        yield from self._any(
            "throttled",
            Severity.P3,
            throttles,
            ONE_HOUR,
            "Lambda turned a run of the suite away: one takes longer than until the next is due, "
            "or the account is out of concurrency.",
            (
                "Duration of the functions against the time between their starts.",
                "The account's concurrency limit and who uses it.",
                "Was a function also started by hand?",
            ),
        )

    def _daily_silence(self, job: JobDefinition, checks: tuple[str, str, str]) -> AlarmDefinition:
        """Build the alarm on a daily job; its failure is told by the queue of dead letters."""
        return self._alarm(
            f"{job.kebab_name}-silent",
            Severity.P3,
            silent(self._own(RUN_SUCCEEDED, job.name), minutes=26 * 60, every_minutes=60),
            f"{job.name} has not run for 26 hours, and it should every day.",
            ("Does its schedule exist and start it?", *checks[:2]),
            runbook="function-silent",
        )

    def _any(
        self,
        name: str,
        severity: Severity,
        series: Sequence[MetricSeries],
        window: Window,
        meaning: str,
        checks: tuple[str, str, str],
    ) -> Iterator[AlarmDefinition]:
        """Yield an alarm on any count above 0 in many series, more than one expression may read."""
        parts = list(_chunks(series, MAX_METRICS_IN_EXPRESSION))
        if len(parts) == 1:
            yield self._alarm(name, severity, above(total(parts[0]), 0, window), meaning, checks)
            return
        children = []
        for number, part in enumerate(parts, start=1):
            child = self._alarm(
                f"{name}-{number}",
                severity,
                above(total(part), 0, window),
                meaning,
                checks,
                runbook=name,
                silent_child=True,
            )
            children.append(child.name)
            yield child
        yield self._alarm(name, severity, AnyOf(alarms=tuple(children)), meaning, checks)

    def _deliveries(self) -> Iterator[AlarmDefinition]:
        names = Names(self.environment)
        queue = QUEUE_VISIBLE_MESSAGES.series(QueueName=names.dead_letter_queue)
        yield self._alarm(
            "dead-letters",
            Severity.P2,
            above(
                Statistic(series=queue, statistic="Maximum"),
                0,
                FIVE_MINUTES,
                # A queue that nobody touches for six hours is not measured any more. Its messages
                # lie there still.
                TreatMissingData.IGNORE,
            ),
            "Runs of the suite were given up; each message says which run and why.",
            (
                "Read a message of the queue: function, time, error.",
                "The function's log at that time.",
                (
                    "Once mended, purge the queue; what counts has caught up, start daily, weekly "
                    "and monthly jobs by hand."
                ),
            ),
        )
        group = names.schedule_group
        failures = [
            SCHEDULE_TARGET_ERRORS.series(ScheduleGroup=group),
            SCHEDULE_DROPPED.series(ScheduleGroup=group),
        ]
        yield self._alarm(
            "schedule-failures",
            Severity.P2,
            above(total(failures), 1, FIFTEEN_MINUTES),
            "EventBridge Scheduler cannot start the suite's functions.",
            (
                "The scheduler role's rights on the function.",
                "Does the function exist under its name?",
                "Throttles of the function and of the account.",
            ),
        )
        topics = [TOPIC_FAILED_NOTIFICATIONS.series(TopicName=topic) for topic in self.topics]
        yield self._alarm(
            "notifications-failed",
            Severity.P1,
            above(total(topics), 0, FIVE_MINUTES),
            "A page was not taken by its receiver: somebody may not know of an incident.",
            (
                "The alarm states on the dashboards: what is burning now?",
                "Subscriptions of the topics: confirmed, right address?",
                "Status of PagerDuty and Slack.",
            ),
        )

    def _metrics(self) -> Iterator[AlarmDefinition]:
        groups = [Names(self.environment).log_group(job) for job in self.jobs]
        refused = [
            metric.series(LogGroupName=group)
            for group in groups
            for metric in (EMF_VALIDATION_ERRORS, EMF_PARSING_ERRORS)
        ]
        checks = (
            "The newest lines with `_aws` in the functions' logs: what is wrong with them?",
            "A new metric, a NULL, a label beyond the limits?",
            "Deploy the version before and compare.",
        )
        meaning = "CloudWatch throws metrics of the suite away: alarms on them cannot fire."
        yield from self._any("emf-errors", Severity.P2, refused, FIVE_MINUTES, meaning, checks)

    def _worst(self, metric: MetricDefinition) -> Expression:
        frequent = {
            job.name for job in self.jobs if job.schedule.cadence_seconds == FREQUENT_SECONDS
        }
        series = [self._own(metric, job) for job in emitters(metric) if job in frequent]
        metrics = numbered(series, "Maximum")
        return Expression(text=f"MAX([{', '.join(metrics)}])", metrics=metrics)

    def _counting(self) -> Iterator[AlarmDefinition]:
        yield self._alarm(
            "counting-behind",
            Severity.P3,
            above(self._worst(MINUTES_BEHIND), self.numbers("counting-behind", 30), FIVE_MINUTES),
            "Counting lags behind the database after an outage; alarms see the past.",
            (
                "Is it catching up? MinutesBehind falls from run to run.",
                "Time of a run against its timeout; is the recommended index there?",
                "More rows than ever: which type?",
            ),
        )
        label_checks = (
            "The function's log names examples.",
            "For a new type or reason: add it to the environment file and deploy.",
            "For nonsense values: tell the owners of the pipeline.",
        )
        for name, metric, meaning, checks in (
            (
                "labels-folded",
                ROWS_FOLDED,
                "Rows have a type or reason that no environment file lists; they are `other`.",
                label_checks,
            ),
            (
                "rows-unreadable",
                ROWS_UNREADABLE,
                "Some rows hold values that make no sense, such as an end before the start.",
                label_checks,
            ),
            (
                "ledger-recovered",
                LEDGER_RECOVERED,
                "A counting run died half-way; a step of counts may have been emitted twice.",
                (
                    "The function's log at that time: timeout, crash or refused call?",
                    "A deployment or an AWS incident just then?",
                    "The ledger's head: does the count go on since?",
                ),
            ),
        ):
            yield self._alarm(
                name,
                Severity.P4,
                above(total([self._own(metric, job) for job in emitters(metric)]), 0, ONE_DAY),
                meaning,
                checks,
            )


def emitters(metric: MetricDefinition) -> tuple[str, ...]:
    """Name the jobs that emit one of the metrics that only some do."""
    return tuple(job.strip() for job in metric.source.split(","))


def _chunks(series: Sequence[MetricSeries], size: int) -> Iterator[Sequence[MetricSeries]]:
    for start in range(0, len(series), size):
        yield series[start : start + size]
