"""The canary: its event is found again, or lost; what keeps it from knowing is loud and bounded."""

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from aws_lambda_powertools import Logger
from botocore.exceptions import ReadTimeoutError

from rehearsal.world.aws.event_bus import EventBus, EventRoute
from rehearsal.world.aws.functions import Behaviour
from rehearsal.world.aws.logs import LogGroups
from rehearsal.world.aws.rules import Rules
from rehearsal.world.aws.wire import Answer, Call, Clients, Responder, to_answer, to_refusal
from rehearsal.world.clock import SimulatedClock
from watchkeeper.canary import flight
from watchkeeper.canary.event import canary_mark
from watchkeeper.canary.flight import fly_canary
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.errors import CanaryError
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import EventbridgeCanarySettings

SCHEDULED = datetime(2026, 3, 10, 6, 30, tzinfo=UTC)
ROUTE = EventRoute(
    rule="storytailor-health-check-test",
    log_group="/aws/lambda/storytailor-intelligence-curator-test",
)
SETTINGS = EventbridgeCanarySettings(
    environment="test", canary_rule=ROUTE.rule, canary_log_group=ROUTE.log_group
)
MARK = canary_mark("test", SCHEDULED)
BUDGET_SECONDS = 118.0


@dataclass
class Sky:
    """Be the world of one canary, with a clock of its own; `refusals` answer before the world."""

    rule: str = "ENABLED"
    behaviour: Behaviour = field(default_factory=Behaviour)
    refusals: dict[str, Callable[[], Answer]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    emitted: list[Datapoint] = field(default_factory=list)
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(SCHEDULED.timestamp() + 1))
    log: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        """Build the bus and the logs."""
        self.logs = LogGroups(self.clock)
        bus = EventBus(
            self.clock,
            route=ROUTE,
            state=lambda _rule: self.rule,
            behaviour=lambda _function, _payload: self.behaviour,
            logs=self.logs,
            note=lambda _invocation: None,
        )
        self.sent: list[dict[str, Any]] = []

        def publish(entry: Any) -> None:
            self.sent.append(dict(entry))
            bus.publish(entry)

        responders: dict[str, Responder] = {
            "events": self._guarded(Rules(lambda _rule: self.rule, publish)),
            "logs": self._guarded(self.logs),
        }
        self.clients = Clients(region="us-east-1", clock=self.clock, responders=responders)

    def _guarded(self, responder: Responder) -> Responder:
        def respond(call: Call) -> Answer:
            self.calls.append(call.operation)
            refusal = self.refusals.get(call.operation)
            return refusal() if refusal else responder(call)

        return respond

    def fly(self, seconds: float = BUDGET_SECONDS) -> dict[str, object]:
        """Run the job once on this clock, right after whatever was before."""
        self.clock.begin(self.clock.time())
        run = _Run(
            job="eventbridge_canary",
            settings=SETTINGS,
            now=SCHEDULED,
            request_id="request",
            deadline=self.clock.monotonic() + seconds,
            log=Logger(service=f"test-{uuid4()}", stream=self.log),
            aws=self.clients,
            clock=self.clock.time,
            sky=self,
        )
        with patch.object(flight, "time", self.clock):
            return dict(fly_canary(run))

    def values(self) -> dict[str, float]:
        """Return what was emitted, by metric."""
        return {each.series.metric.name: each.values[0] for each in self.emitted}


@dataclass(frozen=True, kw_only=True)
class _Run(Run[EventbridgeCanarySettings]):
    sky: Sky

    @property
    def remaining_seconds(self) -> float:
        return max(0.0, self.deadline - self.sky.clock.monotonic())

    def emit(self, datapoints: Iterable[Datapoint]) -> None:
        self.sky.emitted.extend(datapoints)


def test_an_event_is_sent_once_and_found_by_its_mark() -> None:
    sky = Sky()
    summary = sky.fly()
    assert summary == {"canary": MARK, "arrived": True, "round_trip_seconds": 0.6}
    assert sky.values() == {"CanaryArrived": 1, "CanaryRoundTrip": 0.6}
    assert {each.timestamp for each in sky.emitted} == {SCHEDULED}
    (entry,) = sky.sent
    assert (entry["Source"], entry["DetailType"]) == ("storytailor.health-check", "health")
    detail = json.loads(entry["Detail"])
    assert detail["jobType"] == "health"
    assert detail["canary"] == MARK


# What is wrong with the way, whether the event arrives, and after how long.
WAYS = [
    ("nothing", {}, True, 0.6),
    ("slow, but within the minute", {"behaviour": Behaviour(kind="slow", seconds=55)}, True, 55.42),
    ("too slow", {"behaviour": Behaviour(kind="slow", seconds=70)}, False, None),
    ("its rule is disabled", {"rule": "DISABLED"}, False, None),
    ("its rule is gone", {"rule": "MISSING"}, False, None),
    ("the curator fails", {"behaviour": Behaviour(kind="error")}, False, None),
    ("the curator has no room", {"behaviour": Behaviour(kind="throttled")}, False, None),
    ("the curator is gone", {"behaviour": Behaviour(kind="missing")}, False, None),
]


@pytest.mark.parametrize(
    ("wrong", "arrives", "seconds"),
    [case[1:] for case in WAYS],
    ids=[case[0].replace(" ", "-") for case in WAYS],
)
def test_an_event_that_does_not_come_out_within_the_minute_is_lost(
    wrong: dict[str, Any], arrives: bool, seconds: float | None
) -> None:
    sky = Sky(**wrong)
    assert sky.fly()["arrived"] is arrives
    trip = {} if seconds is None else {"CanaryRoundTrip": seconds}
    assert sky.values() == {"CanaryArrived": float(arrives), **trip}
    assert ("did not come out" in sky.log.getvalue()) is not arrives
    # Polite: one call every two seconds, and none after the minute.
    assert sky.clock.spent_seconds < 65
    assert len(sky.calls) <= 33


def test_a_run_that_is_tried_again_finds_the_event_of_its_first_try() -> None:
    sky = Sky()
    looks = iter([None, *[refuse_throttled] * 10])
    sky.refusals["FilterLogEvents"] = lambda: (
        to_answer({"events": []}) if next(looks) is None else refuse_throttled()
    )
    with pytest.raises(CanaryError, match="ThrottlingException"):
        sky.fly()
    assert sky.emitted == []
    sky.refusals.clear()
    sky.clock.spend(90)
    summary = sky.fly()
    assert len(sky.sent) == 1
    assert summary["arrived"] is True
    assert sky.values() == {"CanaryArrived": 1, "CanaryRoundTrip": pytest.approx(0.6)}


def test_an_event_of_the_first_try_that_came_too_late_is_lost() -> None:
    sky = Sky(behaviour=Behaviour(kind="slow", seconds=80))
    sky.refusals["FilterLogEvents"] = lambda: to_answer({"events": []})
    sky.fly()
    sky.refusals.clear()
    sky.emitted.clear()
    sky.clock.spend(60)
    assert sky.fly()["arrived"] is False
    assert len(sky.sent) == 1
    assert sky.values() == {"CanaryArrived": 0}


def test_a_line_that_does_not_say_when_it_was_sent_has_arrived_without_a_round_trip() -> None:
    sky = Sky()
    sky.logs.write(ROUTE.log_group, SCHEDULED.timestamp() - 3, f"INFO health {MARK}")
    assert sky.fly() == {"canary": MARK, "arrived": True, "round_trip_seconds": None}
    assert sky.values() == {"CanaryArrived": 1}
    assert sky.sent == []


def test_a_line_of_yesterday_or_of_another_event_is_not_taken_for_it() -> None:
    sky = Sky(rule="DISABLED")
    sky.logs.write(ROUTE.log_group, SCHEDULED.timestamp() - 86_400, MARK)
    sky.logs.write(ROUTE.log_group, SCHEDULED.timestamp(), canary_mark("staging", SCHEDULED))
    assert sky.fly()["arrived"] is False


def refuse_throttled() -> Answer:
    return to_refusal("ThrottlingException", "Rate exceeded")


def refuse_denied() -> Answer:
    return to_refusal("AccessDeniedException", "not authorized to perform this")


def fail_to_answer() -> Answer:
    raise ReadTimeoutError(endpoint_url="https://logs.us-east-1.amazonaws.com")


def refuse_entry() -> Answer:
    entry = {"ErrorCode": "InternalFailure", "ErrorMessage": "try later"}
    return to_answer({"FailedEntryCount": 1, "Entries": [entry]})


def give_no_last_page() -> Answer:
    return to_answer({"events": [], "nextToken": "more"})


FAILURES = [
    ("PutEvents", refuse_denied, "AccessDeniedException"),
    ("PutEvents", refuse_entry, "EventBridge refused the test event: InternalFailure"),
    ("PutEvents", refuse_throttled, "ThrottlingException"),
    ("PutEvents", fail_to_answer, "Read timeout"),
    ("FilterLogEvents", refuse_denied, "AccessDeniedException"),
    ("FilterLogEvents", refuse_throttled, "ThrottlingException"),
    ("FilterLogEvents", fail_to_answer, "Read timeout"),
    (
        "FilterLogEvents",
        lambda: to_refusal("ResourceNotFoundException", "The specified log group does not exist."),
        "log group does not exist",
    ),
    ("FilterLogEvents", give_no_last_page, "more than 10 pages"),
]


@pytest.mark.parametrize(
    ("operation", "answer", "says"),
    FAILURES,
    ids=[f"{operation}-{says.split()[0]}" for operation, _, says in FAILURES],
)
def test_what_keeps_it_from_knowing_is_raised_and_repaired_by_the_next_run(
    operation: str, answer: Callable[[], Answer], says: str
) -> None:
    sky = Sky()
    sky.refusals[operation] = answer
    with pytest.raises(CanaryError, match=says):
        sky.fly()
    assert sky.emitted == []
    assert sky.clock.spent_seconds < BUDGET_SECONDS
    sky.refusals.clear()
    assert sky.fly()["arrived"] is True
    assert len(sky.sent) == 1


def test_a_run_without_time_to_wait_says_so_and_claims_nothing() -> None:
    sky = Sky(rule="DISABLED")
    with pytest.raises(CanaryError, match="time of the run was up"):
        sky.fly(seconds=20)
    assert sky.emitted == []
