"""Calls that are paced, bounded by the deadline, and told apart when they fail."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from watchkeeper.backup import calls
from watchkeeper.backup.calls import (
    CallExhaustedError,
    CallRefusedError,
    Pace,
    ask,
    listed,
    refuse_problems,
    run_each,
)
from watchkeeper.definitions.errors import BackupError

PLENTY = 60.0


class StoppedClock:
    """Stand in for the `time` module: time passes only in `sleep`."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    stopped = StoppedClock()
    monkeypatch.setattr(calls, "time", stopped)
    return stopped


def test_turns_are_evenly_spaced_from_the_first(clock: StoppedClock) -> None:
    pace = Pace(4.0)
    turns = []
    for _ in range(4):
        pace.wait(PLENTY)
        turns.append(clock.now)
    assert turns == [100.0, 100.25, 100.5, 100.75]


def test_idle_time_is_not_saved_up_for_a_burst(clock: StoppedClock) -> None:
    pace = Pace(4.0)
    pace.wait(PLENTY)
    clock.now += 10
    turns = []
    for _ in range(2):
        pace.wait(PLENTY)
        turns.append(clock.now)
    assert turns == [110.0, 110.25]


def test_turn_past_the_deadline_raises_without_waiting(clock: StoppedClock) -> None:
    pace = Pace(0.1)
    pace.wait(PLENTY)
    with pytest.raises(CallExhaustedError, match="time of the run was up"):
        pace.wait(9.0)
    assert clock.now == 100.0
    pace.wait(10.5)
    assert clock.now == 110.0


def client_error(code: str, status: int) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "m"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "GetParameters")


FAILURES: dict[str, tuple[Exception, type[BackupError], str]] = {
    "denied": (
        client_error("AccessDeniedException", 400),
        CallRefusedError,
        "was refused .AccessDeniedException",
    ),
    "wrong ciphertext": (
        client_error("InvalidCiphertextException", 400),
        CallRefusedError,
        "InvalidCiphertextException",
    ),
    "throttled": (
        client_error("ThrottlingException", 400),
        CallExhaustedError,
        "failed to the last try .ThrottlingException",
    ),
    "server error": (
        client_error("InternalServerError", 500),
        CallExhaustedError,
        "InternalServerError",
    ),
    "no connection": (
        EndpointConnectionError(endpoint_url="https://ssm"),
        CallExhaustedError,
        "got no answer .EndpointConnectionError",
    ),
    "no answer": (
        ReadTimeoutError(endpoint_url="https://ssm"),
        CallExhaustedError,
        "got no answer .ReadTimeoutError",
    ),
}


@pytest.mark.parametrize(
    ("failure", "expected", "sentence"), FAILURES.values(), ids=FAILURES.keys()
)
def test_failed_call_says_whether_it_was_refused_or_exhausted(
    failure: Exception, expected: type[BackupError], sentence: str
) -> None:
    def get_parameters() -> dict[str, Any]:
        raise failure

    with pytest.raises(expected, match=f"get_parameters .*{sentence}") as caught:
        ask(get_parameters)
    assert caught.value.__cause__ is failure
    assert caught.value.retryable is (expected is CallExhaustedError)


def test_results_come_in_the_order_of_the_items() -> None:
    def slower_first(number: int) -> int:
        time.sleep((5 - number) / 200)
        return number * 10

    assert run_each(slower_first, range(5), lambda: PLENTY) == [0, 10, 20, 30, 40]


def test_first_error_ends_the_work() -> None:
    worked: list[int] = []

    def fail_at_three(number: int) -> None:
        if number == 3:
            raise BackupError("three")
        time.sleep(0.01)
        worked.append(number)

    with pytest.raises(BackupError, match="three"):
        run_each(fail_at_three, range(1000), lambda: PLENTY)
    assert len(worked) < 900


def test_stuck_call_does_not_hold_the_run_past_its_deadline() -> None:
    released = threading.Event()
    stuck: Callable[[int], bool] = lambda _: released.wait(PLENTY)  # noqa: E731
    try:
        with pytest.raises(CallExhaustedError, match="time of the run was up"):
            run_each(stuck, range(100), lambda: 0.05)
    finally:
        released.set()


def test_at_most_twenty_names_are_shown_with_the_count_of_the_rest() -> None:
    names = [f"/app/{number:03}" for number in range(25, 0, -1)]
    text = listed(names)
    assert text.startswith("/app/001, /app/002")
    assert text.endswith("/app/020 and 5 more")
    assert listed(["/b", "/a"]) == "/a, /b"
    assert listed([]) == ""


def test_problems_are_counted_and_named_and_no_problem_passes() -> None:
    refuse_problems({}, "read")
    with pytest.raises(BackupError, match=r"^1 parameter could not be read: denied: /a$"):
        refuse_problems({"/a": "denied"}, "read")
    two = {"/b": "denied", "/c": "gone", "/a": "denied"}
    with pytest.raises(BackupError, match=r"^3 parameters .*: denied: /a, /b; gone: /c$"):
        refuse_problems(two, "read")
    many = {f"/app/{number:03}": "denied" for number in range(42)}
    with pytest.raises(BackupError, match=r"^42 parameters .*/app/019 and 22 more$") as caught:
        refuse_problems(many, "opened")
    assert str(caught.value).count("/app/") == 20
