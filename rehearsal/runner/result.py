"""What came of a rehearsal: frozen, so that it can be read, reported and evaluated again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite

from rehearsal.engine.alarm import Alarm, MetricAlarm, State, Treatment
from rehearsal.engine.evaluation.action_desk import ActionRun
from rehearsal.engine.evaluation.engine import AlarmEngine, Outcome
from rehearsal.engine.messages.transition import Transition
from rehearsal.engine.metrics.store import MetricStore
from rehearsal.engine.template.deployment import Deployment
from rehearsal.runner.function_run import FunctionRun
from rehearsal.runner.recording import Line
from rehearsal.scenario.model import Scenario


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Be one expectation that was not met; `at` is in seconds since 1970, None for no moment."""

    scenario: str
    alarm: str
    at: int | None
    expected: str
    got: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """Be one message on its way: what was published where, and who subscribes to it.

    `alarm` is empty where a function published it.
    """

    at: int
    topic: str
    alarm: str
    subject: str
    message: str
    subscribers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Said:
    """Be a message that a function itself published to a topic, named by its ARN."""

    at: int
    topic: str
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Wrote:
    """Be a parameter that a function wrote over, and what it noted there."""

    at: int
    parameter: str
    value: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Hold what was emitted in a rehearsal: enough to evaluate other alarms on it.

    `begins` is when the world began, before the scenario's own start. `said` and `wrote` are what
    functions did to others.
    """

    scenario: Scenario
    store: MetricStore
    begins: int
    runs: tuple[FunctionRun, ...] = ()
    lines: tuple[Line, ...] = ()
    said: tuple[Said, ...] = ()
    wrote: tuple[Wrote, ...] = ()

    def evaluate(self, deployment: Deployment, alarms: Iterable[Alarm] | None = None) -> Outcome:
        """Let alarms, the deployment's own unless others are given, live through it."""
        chosen = deployment.alarms if alarms is None else tuple(alarms)
        engine = AlarmEngine(
            chosen,
            self.store,
            self.scenario.start,
            states={alarm.name: self.find_first_state(alarm) for alarm in chosen},
            mute_rules=deployment.mute_rules,
        )
        return engine.advance(self.scenario.end)

    def find_first_state(self, alarm: Alarm) -> State:
        """Return the state at the start: alarms have been there for long, and nothing was wrong.

        Only an alarm that treats missing data as missing, and had none, knows nothing.
        """
        if not isinstance(alarm, MetricAlarm) or alarm.treatment is not Treatment.MISSING:
            return State.OK
        view = self.store.view()
        view.advance_to(self.scenario.start)
        known = view.first_moment(query.stat.metric for query in alarm.queries if query.stat)
        return State.OK if isfinite(known) else State.INSUFFICIENT_DATA


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """Be a rehearsal with what its alarms made of it."""

    recorded: Recorded
    transitions: tuple[Transition, ...]
    pages: tuple[Page, ...]
    failures: tuple[Failure, ...] = field(default=())

    @property
    def scenario(self) -> Scenario:
        """Give the scenario that was rehearsed."""
        return self.recorded.scenario

    @cached_property
    def has_passed(self) -> bool:
        """Tell whether every expectation was met."""
        return not self.failures


def list_pages(action_runs: Iterable[ActionRun], deployment: Deployment) -> Iterator[Page]:
    """Yield every message that actions publish to topics."""
    topics = {topic.arn: topic.name for topic in deployment.topics}
    for run in action_runs:
        for arn in run.decision.actions:
            if arn in topics:
                notification = run.notification
                yield Page(
                    at=int(run.time),
                    topic=topics[arn],
                    alarm=run.alarm.name,
                    subject=notification.subject,
                    message=notification.message,
                    subscribers=_subscribers(arn, deployment),
                )


def list_messages(said: Iterable[Said], deployment: Deployment) -> Iterator[Page]:
    """Yield every message that functions themselves published."""
    topics = {topic.arn: topic.name for topic in deployment.topics}
    for each in said:
        yield Page(
            at=each.at,
            topic=topics.get(each.topic, each.topic),
            alarm="",
            subject=each.subject,
            message=each.text,
            subscribers=_subscribers(each.topic, deployment),
        )


def _subscribers(topic: str, deployment: Deployment) -> tuple[str, ...]:
    return tuple(
        f"{each.protocol}:{each.endpoint}"
        for each in deployment.subscriptions
        if each.topic_arn == topic
    )
