"""Call AWS politely: paced, within the run's deadline, with the failures told apart."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.definitions.errors import BackupError

# What the first retry of a throttled call cannot mend, the eighth does, or the quota is used up.
MAX_ATTEMPTS = 8
# Enough to keep the paces below against calls of 200 ms; botocore holds ten connections a client.
WORKERS = 8
MAX_NAMED = 20
OVERLOAD_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
T = TypeVar("T")
R = TypeVar("R")
Remaining = Callable[[], float]


class CallRefusedError(BackupError):
    """Report a call that AWS answered with a refusal; `code` is AWS's own."""

    def __init__(self, operation: str, code: str) -> None:
        super().__init__(f"{operation} was refused ({code})")
        self.code = code


class CallExhaustedError(BackupError):
    """Report a call that was throttled, unanswered or out of time to the end of all its tries."""

    retryable = True


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Say how many calls a second Parameter Store gets from one run, for each kind of call.

    `values`: GetParameter, GetParameters and GetParametersByPath share 40 calls a second in an
    account and region unless higher throughput is paid for (AWS General Reference, "Systems
    Manager endpoints and quotas"). A quarter of it leaves the rest to the applications.
    `descriptions`: DescribeParameters has no documented rate, and users meet throttling from about
    one call a second (segmentio/chamber, issue 76).
    `tags`, `history`: ListTagsForResource and GetParameterHistory have none either, and higher
    throughput does not raise them (hashicorp/terraform-provider-aws, issue 9925).
    """

    values: float = 10.0
    descriptions: float = 1.0
    tags: float = 10.0
    history: float = 10.0


class Pace:
    """Hand out evenly spaced turns to any number of threads."""

    def __init__(self, calls_per_second: float) -> None:
        self._interval_seconds = 1 / calls_per_second
        self._next_turn = 0.0
        self._lock = threading.Lock()

    def wait(self, remaining_seconds: float) -> None:
        """Sleep until the next free turn; raise at once when that is past the deadline."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next_turn)
            if turn - now >= remaining_seconds:
                raise out_of_time()
            self._next_turn = turn + self._interval_seconds
        time.sleep(turn - now)


def out_of_time() -> CallExhaustedError:
    """Make the error of a run whose time is up."""
    return CallExhaustedError("the time of the run was up before the export was complete")


def keep_bodies_out_of_logs() -> None:
    """Keep AWS's clients above DEBUG: at that level they log whole bodies, secrets included."""
    for name in ("botocore", "boto3", "urllib3"):
        logging.getLogger(name).setLevel(logging.INFO)


def ask(method: Callable[..., Mapping[str, Any]], **arguments: Any) -> Mapping[str, Any]:
    """Call a method of a boto3 client; turn its errors into ours, which never quote a value."""
    operation = getattr(method, "__name__", "call")
    try:
        return method(**arguments)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "no code")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in OVERLOAD_CODES or status >= 500:
            raise CallExhaustedError(f"{operation} failed to the last try ({code})") from error
        raise CallRefusedError(operation, code) from error
    except BotoCoreError as error:
        kind = type(error).__name__
        raise CallExhaustedError(f"{operation} got no answer ({kind})") from error


def run_each(work: Callable[[T], R], items: Iterable[T], remaining: Remaining) -> list[R]:
    """Work on the items side by side; return the results in the order of the items.

    The first error ends it, and so does the deadline: calls under way are then left to end on
    their own, so that a stuck one cannot hold the run.
    """
    executor = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="backup")
    try:
        futures = [executor.submit(work, item) for item in items]
        done, unfinished = wait(futures, timeout=remaining(), return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()
        if unfinished:
            raise out_of_time()
        return [future.result() for future in futures]
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def listed(names: Collection[str]) -> str:
    """Show at most twenty names in order, and how many more there are."""
    shown = sorted(names)[:MAX_NAMED]
    return ", ".join(shown) + _rest(len(names) - len(shown))


def refuse_problems(problems: Mapping[str, str], verb: str) -> None:
    """Raise one error that names the parameters that have a problem; return when none has.

    `problems` gives the reason by name; at most twenty names are shown.
    """
    if not problems:
        return
    noun = "1 parameter" if len(problems) == 1 else f"{len(problems)} parameters"
    named: dict[str, list[str]] = {}
    for name in sorted(problems)[:MAX_NAMED]:
        named.setdefault(problems[name], []).append(name)
    reasons = "; ".join(f"{reason}: {', '.join(names)}" for reason, names in named.items())
    raise BackupError(f"{noun} could not be {verb}: {reasons}{_rest(len(problems) - MAX_NAMED)}")


def _rest(count: int) -> str:
    return f" and {count} more" if count > 0 else ""
