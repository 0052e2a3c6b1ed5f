"""What kill_switch_metrics tells of switches and rules, over AWS clients of a simulated account."""

import io
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError, ConnectTimeoutError

from rehearsal.world.aws.parameters import Parameters
from rehearsal.world.aws.rules import Rules
from rehearsal.world.aws.wire import Clients
from rehearsal.world.clock import SimulatedClock
from watchkeeper.collection.control import MAX_UNANSWERED, read_control
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.errors import CollectionError
from watchkeeper.emission.emf import emit
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import KillSwitchMetricsSettings

NOW = datetime(2026, 3, 10, 14, 15, tzinfo=UTC)
PIPELINES = ("crisis-alert", "daily-digest", "org-health", "story-scoring", "weekly-insights")
SETTINGS = KillSwitchMetricsSettings(
    environment="test",
    kill_switches={one: f"/storytailor-test/pipelines/{one}/enabled" for one in PIPELINES},
    rules={one: f"storytailor-{one}-test" for one in PIPELINES[1:]},
)
ALL_ON = dict.fromkeys(PIPELINES, 0.0)
ALL_ENABLED = dict.fromkeys(PIPELINES[1:], 1.0)


@dataclass
class Account:
    """Hold switches and rules, and calls that fail: `refuses` is asked before each one."""

    states: dict[str, str] = field(default_factory=dict)
    refuses: Callable[[str], Exception | None] = lambda _name: None
    asked: list[str] = field(default_factory=list)
    out: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        clock = SimulatedClock(0)
        self.parameters = Parameters(clock=clock, region="us-east-1", account="111111111111")
        for name in SETTINGS.kill_switches.values():
            self.parameters.put(name, "true")
        rules = Rules(lambda name: self.states.get(name, "ENABLED"))
        self.clients = Clients(
            region="us-east-1", clock=clock, responders={"ssm": self.parameters, "events": rules}
        )

    def client(self, service: str, **_limits: Any) -> "Refusing":
        return Refusing(self, self.clients(service))

    def run(self) -> Mapping[str, object]:
        return read_control(
            AccountRun(
                job="kill_switch_metrics",
                settings=SETTINGS,
                now=NOW,
                request_id="request",
                deadline=time.monotonic() + 60,
                log=Logger(service="test-control", stream=io.StringIO()),
                aws=self.client,
                account=self,
            )
        )

    def told(self, metric: str) -> dict[str, float]:
        documents = [json.loads(line) for line in self.out.getvalue().splitlines()]
        return {one["Pipeline"]: value(one[metric]) for one in documents if metric in one}


@dataclass(frozen=True, kw_only=True)
class AccountRun(Run[KillSwitchMetricsSettings]):
    """Be a run whose metrics go to the account instead of standard output."""

    account: Account

    def emit(self, datapoints: Iterable[Datapoint]) -> None:
        """Write datapoints as the real run does."""
        emit(datapoints, self.account.out)


@dataclass
class Refusing:
    """Be a client that fails where the account says so."""

    account: Account
    client: Any

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: str) -> Any:
            self.account.asked.append(arguments["Name"])
            error = self.account.refuses(arguments["Name"])
            if error:
                raise error
            return getattr(self.client, operation)(**arguments)

        return call


def value(told: Any) -> float:
    (one,) = told if isinstance(told, list) else [told]
    return float(one)


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "as the test says"}}, "GetParameter")


def test_switches_that_are_on_and_rules_that_are_enabled_are_told() -> None:
    account = Account()
    assert account.run() == {"active_kill_switches": [], "disabled_rules": []}
    assert account.told("KillSwitchActive") == ALL_ON
    assert account.told("RuleEnabled") == ALL_ENABLED


def test_a_switch_that_holds_a_pipeline_back_is_one() -> None:
    account = Account()
    account.parameters.put(SETTINGS.kill_switches["daily-digest"], "false")
    assert account.run()["active_kill_switches"] == ["daily-digest"]
    assert account.told("KillSwitchActive") == ALL_ON | {"daily-digest": 1}


@pytest.mark.parametrize(
    ("state", "is_enabled"),
    [
        ("DISABLED", 0),
        ("MISSING", 0),
        ("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", 1),
    ],
)
def test_a_rule_is_enabled_or_not(state: str, is_enabled: float) -> None:
    account = Account(states={"storytailor-org-health-test": state})
    summary = account.run()
    assert account.told("RuleEnabled") == ALL_ENABLED | {"org-health": is_enabled}
    assert summary["disabled_rules"] == ([] if is_enabled else ["org-health"])


@pytest.mark.parametrize("text", ["True", "off", " true", "1"])
def test_a_switch_that_says_neither_is_unknown_and_fails_the_run_after_the_rest(text: str) -> None:
    account = Account()
    name = SETTINGS.kill_switches["daily-digest"]
    account.parameters.put(name, text)
    with pytest.raises(CollectionError, match=f"1 of 9 .*{name} is '{text}', expected true or"):
        account.run()
    assert account.told("KillSwitchActive") == {
        one: 0.0 for one in PIPELINES if one != "daily-digest"
    }
    assert account.told("RuleEnabled") == ALL_ENABLED


def test_a_switch_that_is_missing_is_unknown_and_fails_the_run_after_the_rest() -> None:
    account = Account()
    name = SETTINGS.kill_switches["crisis-alert"]
    account.parameters.delete(name)
    with pytest.raises(CollectionError, match=f"{name}: ParameterNotFound"):
        account.run()
    assert "crisis-alert" not in account.told("KillSwitchActive")
    account.parameters.put(name, "true")
    account.run()
    assert account.told("KillSwitchActive") == ALL_ON


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_a_refused_call_fails_the_run_and_hides_no_other_answer(code: str) -> None:
    account = Account(refuses=lambda name: refusal(code) if "org-health" in name else None)
    with pytest.raises(CollectionError, match=f"2 of 9 .*enabled: {code}; storytailor-org-health"):
        account.run()
    assert len(account.told("KillSwitchActive")) == len(PIPELINES) - 1
    assert len(account.told("RuleEnabled")) == len(PIPELINES) - 2


def test_a_service_that_does_not_answer_is_given_up_before_the_run_is_over() -> None:
    def time_out(name: str) -> Exception | None:
        is_switch = name.startswith("/")
        return ConnectTimeoutError(endpoint_url="https://ssm") if is_switch else None

    account = Account(refuses=time_out)
    with pytest.raises(CollectionError, match="weekly-insights/enabled was not asked"):
        account.run()
    assert sum(name.startswith("/") for name in account.asked) == MAX_UNANSWERED
    assert account.told("RuleEnabled") == ALL_ENABLED
