"""One check on its way: a thread that tries once or twice, and a wait that ends at the deadline.

The deadline is divided: each of the two tries may take 40 %, the pause between them takes 10 %,
and 10 % is slack, so that a client's own timeout is reached, and can be reported in its own words,
before the deadline is.
"""

import queue
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.checks.aws_error import judge_aws_error
from watchkeeper.checks.kind import CheckContext, CheckResult, Kind, Stopwatch
from watchkeeper.checks.redaction import redact
from watchkeeper.checks.report import CheckReport, Status
from watchkeeper.definitions.check import CheckDefinition
from watchkeeper.definitions.errors import WatchkeeperError

TRY_SHARE = 0.4
PAUSE_SHARE = 0.1
MAX_TRIES = 2


@dataclass(frozen=True, kw_only=True)
class PreparedCheck:
    """Hold a check with its kind and the clients that the kind asked for."""

    definition: CheckDefinition
    kind: Kind
    clients: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """Hold what one try came to; `is_final` when no other follows."""

    status: Status
    reason: str
    is_final: bool
    ended: float
    phase_seconds: Mapping[str, float]
    details: Mapping[str, str] = field(default_factory=dict)


def try_seconds(check: CheckDefinition) -> float:
    """Give the time one try of a check may take."""
    return TRY_SHARE * check.deadline_seconds


class RunningCheck:
    """Run one check in a thread of its own and wait for it no longer than its deadline.

    A thread that has not answered by then is left alone: it holds up neither this run nor the
    next nor the end of the process, and ends when its client gives up.
    """

    def __init__(self, prepared: PreparedCheck, *, now: datetime, max_seconds: float) -> None:
        self.check = prepared.definition
        self._prepared = prepared
        self._now = now
        self._allowed_seconds = min(self.check.deadline_seconds, max_seconds)
        self._attempts: queue.SimpleQueue[Attempt] = queue.SimpleQueue()
        self._stopwatch = Stopwatch(self.check.phases)
        self._started = time.monotonic()
        # A daemon, unlike the threads of an executor, does not hold up the end of the process.
        threading.Thread(target=self._run, name=f"check-{self.check.name}", daemon=True).start()

    @property
    def deadline(self) -> float:
        """Give the time on `time.monotonic()` at which waiting ends."""
        return self._started + self._allowed_seconds

    def report(self) -> CheckReport:
        """Wait for the check to end or its deadline to pass and say what became of it."""
        attempts: list[Attempt] = []
        while not attempts or not attempts[-1].is_final:
            patience = max(0.0, self.deadline - time.monotonic())
            try:
                attempts.append(self._attempts.get(timeout=patience))
            except queue.Empty:
                return self._unanswered(attempts)
        return self._answered(attempts)

    def _run(self) -> None:
        for number in range(1, MAX_TRIES + 1):
            attempt = self._try(is_last=number == MAX_TRIES)
            self._attempts.put(attempt)
            if attempt.is_final:
                return
            time.sleep(PAUSE_SHARE * self.check.deadline_seconds)

    def _try(self, *, is_last: bool) -> Attempt:
        stopwatch = self._stopwatch = Stopwatch(self.check.phases)
        try:
            result = self._look(stopwatch)
            status = Status.PASSED if result.has_passed else Status.SICK
        except WatchkeeperError as error:
            status = Status.BROKEN
            result = CheckResult(reason=str(error), retryable=error.retryable)
        except Exception as error:  # noqa: BLE001  a bug in one check must not stop the others
            status, result = Status.BROKEN, CheckResult(reason=_locate(error))
        ended = time.monotonic()
        return Attempt(
            status=status,
            reason=redact(result.reason),
            is_final=is_last or not result.retryable or not self._has_time_to_retry(ended),
            ended=ended,
            phase_seconds=stopwatch.seconds(ended),
            details={name: redact(text) for name, text in result.details.items()},
        )

    def _look(self, stopwatch: Stopwatch) -> CheckResult:
        context = CheckContext(
            now=self._now,
            timeout_seconds=try_seconds(self.check),
            clients=self._prepared.clients,
            stopwatch=stopwatch,
        )
        try:
            return self._prepared.kind.check(self.check.target, context)
        except (ClientError, BotoCoreError) as error:
            return judge_aws_error(error)

    def _has_time_to_retry(self, moment: float) -> bool:
        needed = (PAUSE_SHARE + TRY_SHARE) * self.check.deadline_seconds
        return self.deadline - moment >= needed

    def _answered(self, attempts: list[Attempt]) -> CheckReport:
        last = attempts[-1]
        return CheckReport(
            check=self.check,
            status=last.status,
            reason=last.reason,
            first_error=attempts[0].reason if len(attempts) > 1 else "",
            seconds=last.ended - self._started,
            phase_seconds=last.phase_seconds,
            details=last.details,
        )

    def _unanswered(self, attempts: list[Attempt]) -> CheckReport:
        reason = f"no answer within {self._allowed_seconds:g} s"
        if self._stopwatch.running:
            reason += f", still in its phase {self._stopwatch.running}"
        # With less time than it is promised, a late answer is no sign of sickness.
        is_cut_short = self._allowed_seconds < self.check.deadline_seconds
        if is_cut_short:
            reason += f": the run had no more time, expected {self.check.deadline_seconds:g} s"
        is_broken = is_cut_short or any(one.status is Status.BROKEN for one in attempts)
        return CheckReport(
            check=self.check,
            status=Status.BROKEN if is_broken else Status.SICK,
            reason=reason,
            first_error=attempts[0].reason if attempts else "",
            seconds=self._allowed_seconds,
            phase_seconds=self._stopwatch.seconds(self.deadline),
        )


def _locate(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}: {error}"
