"""Faults in the middle of a run: nothing hangs, and the next healthy run repairs the counts."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from functions.pipeline_metrics.handler import handler
from tests.integration.counting_account import ENVIRONMENT, REGION, MotoAccount, aws
from tests.integration.counting_emitted import Emitted
from tests.integration.counting_stage import (
    PIPELINE_SETTINGS,
    SHORT_BUDGET_SECONDS,
    START,
    Stage,
    begin,
)
from watchkeeper.collection.pipelines import count_pipelines
from watchkeeper.definitions.errors import CollectionError, LedgerError, WatchkeeperError
from watchkeeper.ledger.table import CALL_SECONDS
from watchkeeper.runtime.clients import aws_client
from watchkeeper.runtime.settings import VARIABLE

RUN = "Function=count_pipelines"


@pytest.fixture(scope="module")
def account() -> Iterator[MotoAccount]:
    # Moto, for it answers the client that a function makes for itself, too.
    with aws() as clients:
        yield MotoAccount(*clients)


@pytest.fixture
def stage(new_stage: Stage) -> Stage:
    """A stage with a row to count in each of the three steps of the next run."""
    new_stage.run(count_pipelines, PIPELINE_SETTINGS)
    prepare(new_stage)
    return new_stage


def prepare(stage: Stage) -> None:
    stage.wait(minutes=5)
    for minutes in (-110, -60, 1):
        begin(stage, START + timedelta(minutes=minutes))


def repair(stage: Stage) -> dict[str, float]:
    """Let the next run, five minutes later, be a healthy one; return all executions."""
    stage.at_step = None
    stage.gateway.normal()
    stage.wait(minutes=5)
    assert stage.run(count_pipelines, PIPELINE_SETTINGS)["minutes_behind"] == 0
    return stage.emitted.of("PipelineExecutions")


ONCE = {"18:10": 1, "19:00": 1, "20:01": 1}


def fall_silent(stage: Stage) -> None:
    stage.gateway.black_hole()


def slow_down(stage: Stage) -> None:
    stage.gateway.slow(seconds_per_reply=600)


def break_down(stage: Stage) -> None:
    stage.gateway.refuse()
    stage.gateway.cut()


FAULTS = [fall_silent, slow_down, break_down]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_database_that_fails_in_the_middle_of_a_run_is_given_up_and_made_up_for(
    stage: Stage, fault: Callable[[Stage], object], nth: int
) -> None:
    stage.interrupt("before pipeline_executions.sql", lambda: fault(stage), nth=nth)
    with pytest.raises(CollectionError, match="could not run pipeline_executions") as told:
        stage.run(count_pipelines, PIPELINE_SETTINGS, seconds=SHORT_BUDGET_SECONDS)
    assert told.value.retryable
    assert repair(stage) == ONCE
    assert not stage.emitted.total("LedgerRecovered", RUN)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_database_that_cannot_be_reached_is_given_up_and_made_up_for(
    stage: Stage, fault: Callable[[Stage], object]
) -> None:
    stage.interrupt("before update_item", lambda: fault(stage))
    with pytest.raises(CollectionError, match="could not connect"):
        stage.run(count_pipelines, PIPELINE_SETTINGS, seconds=SHORT_BUDGET_SECONDS)
    assert repair(stage) == ONCE


def test_a_slow_database_is_waited_for(stage: Stage) -> None:
    stage.gateway.slow(seconds_per_reply=0.05)
    assert stage.run(count_pipelines, PIPELINE_SETTINGS)["PipelineExecutions"] == 3
    assert repair(stage) == ONCE


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "as the test says"}}, "Operation")


REFUSALS: list[Exception] = [
    refusal("AccessDeniedException"),
    refusal("ProvisionedThroughputExceededException"),
    refusal("InternalServerError"),
    ReadTimeoutError(endpoint_url="https://dynamodb"),
    ConnectTimeoutError(endpoint_url="https://dynamodb"),
]
CALLS = [
    # which call fails, the how manieth, and whether it had arrived; how often rows of its step
    # are emitted in the end, and whether the next run finds a lease that was never given back
    ("before update_item", 1, 1, False),
    ("before query", 1, 1, False),
    ("before query", 3, 1, False),
    ("before transact_write_items", 1, 2, True),
    ("before transact_write_items", 3, 2, True),
]


@pytest.mark.parametrize("error", REFUSALS, ids=str)
@pytest.mark.parametrize(("call", "nth", "times", "is_told"), CALLS)
def test_a_ledger_that_refuses_fails_the_run_and_is_made_up_for(
    stage: Stage, call: str, nth: int, times: int, error: Exception, *, is_told: bool
) -> None:
    def refuse() -> None:
        raise error

    stage.interrupt(call, refuse, nth=nth)
    with pytest.raises(LedgerError, match="in the ledger of pipeline_executions: "):
        stage.run(count_pipelines, PIPELINE_SETTINGS)
    minute = {1: "18:10", 3: "20:01"}[nth]
    assert repair(stage) == ONCE | {minute: times}
    assert stage.emitted.total("LedgerRecovered", RUN) == is_told


def test_a_commit_whose_answer_is_lost_does_not_fail_the_run(stage: Stage) -> None:
    def lose() -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    stage.interrupt("after transact_write_items", lose)
    assert stage.run(count_pipelines, PIPELINE_SETTINGS)["PipelineExecutions"] == 3
    assert repair(stage) == ONCE


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_a_secret_that_is_refused_fails_the_run_before_it_takes_the_lease(
    stage: Stage, code: str
) -> None:
    def refuse() -> None:
        raise refusal(code)

    stage.interrupt("before get_secret_value", refuse)
    with pytest.raises(CollectionError, match=f"could not be read: {code}"):
        stage.run(count_pipelines, PIPELINE_SETTINGS)
    assert stage.run(count_pipelines, PIPELINE_SETTINGS)["PipelineExecutions"] == 3


def test_a_run_without_time_fails_at_once(stage: Stage) -> None:
    with pytest.raises(WatchkeeperError, match="expected 12 s or more"):
        stage.run(count_pipelines, PIPELINE_SETTINGS, seconds=CALL_SECONDS - 1)


class LambdaContext:
    """Be what Lambda tells a function about its invocation."""

    function_name = "watchkeeper-pipeline-metrics-test"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:pipeline-metrics"
    aws_request_id = "5f1c0d5e-0000-4000-8000-000000000000"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Return what is left of the function's timeout."""
        return 60_000


@pytest.fixture
def deployed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Deploy the function: its settings and its region in its environment."""
    monkeypatch.setenv(VARIABLE, PIPELINE_SETTINGS.to_json())
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    aws_client.cache_clear()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    yield stage
    aws_client.cache_clear()


def invoke(capsys: pytest.CaptureFixture[str]) -> tuple[Any, Emitted]:
    """Invoke the function as Scheduler does; return its answer or its error, and its metrics."""
    answer: Any
    try:
        answer = handler({"time": "2026-01-31T20:05:00Z"}, LambdaContext())
    except WatchkeeperError as error:
        answer = error
    lines = [line for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return answer, Emitted.parse("\n".join(lines))


def test_the_function_counts_when_it_is_invoked_and_says_that_it_succeeded(
    deployed: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert PIPELINE_SETTINGS.environment == ENVIRONMENT
    answer, emitted = invoke(capsys)
    assert answer["PipelineExecutions"] == 3
    assert emitted.of("PipelineExecutions") == ONCE
    assert emitted.of("RunSucceeded", "Function=pipeline_metrics") == {"20:05": 1}
    assert json.dumps(answer)


def test_the_function_says_that_it_failed_and_fails_as_lambda_sees_it(
    deployed: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.gateway.refuse()
    answer, emitted = invoke(capsys)
    assert isinstance(answer, CollectionError)
    assert emitted.values("RunSucceeded", "Function=pipeline_metrics") == [0]
    assert emitted.labels("PipelineExecutions") == set()


def test_the_function_has_succeeded_when_another_one_is_at_it(
    deployed: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    answers: list[tuple[Any, Emitted]] = []
    deployed.interrupt("before query", lambda: answers.append(invoke(capsys)))
    # The other one's lease is by the real clock here, as the function's is.
    deployed.wall = datetime.now(UTC)
    deployed.run(count_pipelines, PIPELINE_SETTINGS, at=START)
    ((answer, emitted),) = answers
    assert answer == {"skipped": "busy"}
    assert emitted.of("RunSucceeded", "Function=pipeline_metrics") == {"20:05": 1}
    assert emitted.labels("PipelineExecutions") == set()
