"""CloudWatch's part on the stage: the engine evaluates the alarms, deployed topics get the news.

Metrics are what functions really logged and what the emulator really counted; alarms are those of
the synthesised templates, also of the stacks that the emulator cannot hold; messages go through
SNS's own API under a role that may publish to the alarms' topics and do nothing else.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.engine.alarm import Alarm, State
from rehearsal.engine.evaluation.action_desk import ActionRun
from rehearsal.engine.evaluation.engine import AlarmEngine
from rehearsal.engine.messages.transition import Transition
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.store import MetricStore
from rehearsal.engine.template.deployment import Deployment
from rehearsal.local.clock import StageClock
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.errors import LocalStageError
from rehearsal.local.paging.arrival import Arrival
from rehearsal.local.paging.emulator_metrics import EmulatorMetrics
from rehearsal.local.paging.function_metrics import FunctionMetrics

ROLE = "cloudwatch-alarms-stand-in"
AWS_PREFIX = "AWS/"
SNS_ARN = ":sns:"


@dataclass(frozen=True, kw_only=True)
class Publication:
    """Be one message that was handed to a topic; `time` is the stage's.

    `is_first` says that an alarm has seen enough to be OK, which is news to nobody.
    """

    time: float
    topic_arn: str
    alarm: str
    state: str
    subject: str
    is_first: bool


@dataclass(frozen=True, kw_only=True)
class News:
    """Hold what happened since the last look, each in order of time."""

    transitions: tuple[Transition, ...] = ()
    publications: tuple[Publication, ...] = ()


class CloudWatchStandIn:
    """Stand in for CloudWatch: metrics are kept from now on, alarms evaluated once they are made.

    `scheduled` names the functions that schedules start.
    """

    def __init__(
        self,
        emulator: AwsEmulator,
        deployment: Deployment,
        *,
        scheduled: Iterable[str],
        clock: StageClock,
    ) -> None:
        self.deployment = deployment
        self._clock = clock
        self._engine: AlarmEngine | None = None
        self._store = MetricStore()
        metrics = tuple(dict.fromkeys(_list_metrics(deployment)))
        self._functions = FunctionMetrics(
            emulator.client("logs"),
            _list_functions(deployment, metrics),
            tuple(scheduled),
            deployment.metric_filters,
        )
        self._emulated = EmulatorMetrics(
            emulator,
            (
                each
                for each in metrics
                if each.namespace.startswith(AWS_PREFIX) and not self._functions.is_derived(each)
            ),
        )
        self._emulator = emulator
        self._role = _create_role(emulator, deployment)

    @property
    def states(self) -> Mapping[str, str]:
        """Return the state of every alarm by name."""
        states = self._engine.states if self._engine else {}
        return {name: str(state) for name, state in states.items()}

    def advance(self, until: int) -> News:
        """Go on to a moment of the stage (s since 1970, included) and publish what changed.

        The alarms are made at the first such moment.
        """
        if self._engine is None:
            self._engine = AlarmEngine(
                self.deployment.alarms,
                self._store,
                until,
                mute_rules=self.deployment.mute_rules,
            )
        arrival = Arrival(clock=self._clock, evaluated=self._engine.now)
        self._store.add(self._functions.read(arrival))
        self._store.add(self._emulated.read(arrival))
        outcome = self._engine.advance(until)
        published = [one for run in outcome.action_runs for one in self._publish(run)]
        return News(transitions=outcome.transitions, publications=tuple(published))

    def _publish(self, run: ActionRun) -> Iterator[Publication]:
        topics = [arn for arn in run.decision.actions if SNS_ARN in arn]
        if not topics:
            return
        notification = run.notification
        # Assumed anew each time: what a role is lent runs out, and alarms are rare.
        sns = self._emulator.client("sns", role_arn=self._role)
        for arn in topics:
            sns.publish(
                TopicArn=arn,
                Subject=notification.subject,
                Message=json.dumps(notification.bodies),
                MessageStructure="json",
            )
            yield Publication(
                time=run.time,
                topic_arn=arn,
                alarm=run.alarm.name,
                state=str(run.transition.new),
                subject=notification.subject,
                is_first=is_first_ok(run.transition),
            )


def is_first_ok(change: Transition) -> bool:
    """Tell whether an alarm has seen enough to be OK for the first time."""
    return (change.old, change.new) == (State.INSUFFICIENT_DATA, State.OK)


def _list_metrics(deployment: Deployment) -> Iterator[MetricIdentity]:
    for alarm in deployment.metric_alarms:
        yield from (query.stat.metric for query in alarm.queries if query.stat)


def _list_functions(deployment: Deployment, metrics: Iterable[MetricIdentity]) -> tuple[str, ...]:
    """Name the deployed functions, and those that only alarms name."""
    named = [dict(each.dimensions).get("FunctionName") for each in metrics]
    own = [each.name for each in deployment.functions]
    return tuple(dict.fromkeys([*own, *filter(None, named)]))


def _list_topics(alarms: Iterable[Alarm]) -> list[str]:
    found = {
        arn
        for alarm in alarms
        for arn in (*alarm.actions.ok, *alarm.actions.alarm, *alarm.actions.insufficient_data)
        if SNS_ARN in arn
    }
    return sorted(found)


def _create_role(emulator: AwsEmulator, deployment: Deployment) -> str:
    """Create the role that publishes; return its ARN."""
    topics = _list_topics(deployment.alarms)
    if not topics:
        raise LocalStageError("no alarm of the templates names a topic, so nobody would be paged")
    iam = emulator.client("iam")
    everyone: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{emulator.account}:root"},
        "Action": "sts:AssumeRole",
    }
    try:
        role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=_policy(everyone))
    except iam.exceptions.EntityAlreadyExistsException:
        role = iam.get_role(RoleName=ROLE)
    publish = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topics}
    iam.put_role_policy(RoleName=ROLE, PolicyName="publish", PolicyDocument=_policy(publish))
    return str(role["Role"]["Arn"])


def _policy(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
