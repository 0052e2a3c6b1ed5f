"""Start a server as a child that cannot outlive this program, and signal it by its id."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rehearsal.local.errors import LocalStageError

GUARDIAN = Path(__file__).with_name("guardian.py")
READINESS_POLL_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class ChildDefinition:
    """Say what to start, as whom, where it logs and how it is asked to stop.

    `environment` is the whole environment: nothing is inherited. `grace_seconds` is how long
    the child may take to stop before it is killed. `user_id` and `group_id` are for root only.
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 5.0
    user_id: int | None = None
    group_id: int | None = None

    def __post_init__(self) -> None:
        """Refuse a child without a program, a half-given user or an impossible grace."""
        if not self.arguments:
            raise LocalStageError(f"{self.name}: no program given, expected one to start")
        if (self.user_id is None) != (self.group_id is None):
            raise LocalStageError(f"{self.name}: expected both user_id and group_id, or neither")
        if self.grace_seconds < 0:
            raise LocalStageError(
                f"{self.name}: grace_seconds is {self.grace_seconds}, expected 0 or more"
            )

    def to_order(self) -> bytes:
        """Write the line of JSON that the guardian reads."""
        order = {
            "arguments": self.arguments,
            "environment": dict(self.environment),
            "directory": str(self.directory),
            "log": str(self.log),
            "stop_signal": int(self.stop_signal),
            "grace_seconds": self.grace_seconds,
            "user_id": self.user_id,
            "group_id": self.group_id,
        }
        return json.dumps(order).encode() + b"\n"


class ChildProcess:
    """Own one server process; every way out ends it and all it started."""

    def __init__(self, definition: ChildDefinition) -> None:
        self.definition = definition
        self.exit_code: int | None = None
        self._guardian: subprocess.Popen[bytes] | None = None
        self._process_id: int | None = None

    @property
    def pid(self) -> int:
        """Return the process id of the server, which is also its process group."""
        if self._process_id is None:
            raise LocalStageError(f"{self.definition.name} is not running")
        return self._process_id

    @property
    def guardian_pid(self) -> int:
        """Return the id of the process that ends the server when this one dies."""
        if self._guardian is None:
            raise LocalStageError(f"{self.definition.name} is not running")
        return self._guardian.pid

    @property
    def is_alive(self) -> bool:
        """Tell whether the server still runs."""
        return self._guardian is not None and self._guardian.poll() is None

    def start(self) -> None:
        """Start the server; the log is appended to."""
        if self.is_alive:
            raise LocalStageError(f"{self.definition.name} is running already")
        guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", str(GUARDIAN)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
        )
        self._guardian = guardian
        try:
            self._process_id = self._hand_over_order(guardian)
        except BaseException:
            self.stop()
            raise

    def _hand_over_order(self, guardian: "subprocess.Popen[bytes]") -> int:
        orders, answers = guardian.stdin, guardian.stdout
        if orders is None or answers is None:
            raise LocalStageError(f"{self.definition.name}: the guardian has no pipes")
        orders.write(self.definition.to_order())
        orders.flush()
        answer = answers.readline().decode().strip()
        if not answer.isdigit():
            reason = answer.removeprefix("error ") or "the guardian died"
            raise LocalStageError(f"{self.definition.name} could not be started: {reason}")
        return int(answer)

    def send_signal(self, number: signal.Signals) -> None:
        """Signal the server alone."""
        if self.is_alive:
            os.kill(self.pid, number)

    def pause(self) -> None:
        """Freeze the server and its process group: connections open, nothing answers."""
        self._signal_group(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused server go on."""
        self._signal_group(signal.SIGCONT)

    def kill(self) -> None:
        """End the server with no chance to tidy up, and wait until all of it is gone."""
        self._signal_group(signal.SIGKILL)
        self._wait()

    def stop(self) -> None:
        """Ask the server to stop and wait until it and all it started are gone."""
        if self._guardian is not None and self._guardian.stdin is not None:
            # A pipe is broken when the guardian died before it had read its order.
            with contextlib.suppress(BrokenPipeError):
                self._guardian.stdin.close()
            self._wait()

    def _signal_group(self, number: signal.Signals) -> None:
        if self.is_alive:
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                return

    def _wait(self) -> None:
        guardian = self._guardian
        if guardian is None:
            return
        try:
            self.exit_code = guardian.wait(self.definition.grace_seconds + 10)
        except subprocess.TimeoutExpired:
            # The kernel then kills the server too.
            guardian.kill()
            self.exit_code = guardian.wait()
        for pipe in (guardian.stdin, guardian.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()
        self._guardian = None
        self._process_id = None

    def log_tail(self, max_lines: int = 40) -> str:
        """Return the last lines the server logged."""
        if not self.definition.log.exists():
            return ""
        lines = self.definition.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-max_lines:])

    def raise_if_dead(self) -> None:
        """Raise with the end of the log if the server died on its own."""
        if self._guardian is None or self._guardian.poll() is None:
            return
        code = self._guardian.returncode
        self._wait()
        raise LocalStageError(
            f"{self.definition.name} ended with code {code}; the end of its log:\n{self.log_tail()}"
        )

    def wait_until(self, is_ready: Callable[[], bool], *, timeout_seconds: float) -> None:
        """Wait until `is_ready` says so; raise with the log when the server dies or is late."""
        deadline = time.monotonic() + timeout_seconds
        while not is_ready():
            self.raise_if_dead()
            if time.monotonic() > deadline:
                raise LocalStageError(
                    f"{self.definition.name} was not ready after {timeout_seconds} s; "
                    f"the end of its log:\n{self.log_tail()}"
                )
            time.sleep(READINESS_POLL_SECONDS)
