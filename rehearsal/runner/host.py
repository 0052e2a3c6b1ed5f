"""Host a function as Lambda does: load its code once, start it with an event, keep what it prints.

A handler sees its real settings, the simulated clock, clients whose calls are answered in this
process, and threads that run at once, in the order in which they are started.
"""

import contextlib
import importlib
import importlib.util
import io
import logging
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO
from unittest.mock import patch
from uuid import UUID, uuid5

from rehearsal.runner.deployment import DeployedFunction
from rehearsal.runner.function_run import FunctionRun
from rehearsal.world.aws.packages import open_package
from rehearsal.world.aws.wire import Clients
from rehearsal.world.clock import SimulatedClock
from rehearsal.world.errors import RehearsalError
from watchkeeper.checks import kinds, running_check
from watchkeeper.runtime import scheduled

PACKAGE = "watchkeeper"
NAMES = UUID("5f7a2d0c-6a53-4d5e-9a36-0c6f1b4d9e11")


class CrashError(BaseException):
    """Be the end of a process: nothing catches it, nothing tidies up after it."""


class TimeoutReachedError(Exception):
    """Report a run that Lambda ended at the function's timeout."""


class Output(io.TextIOBase):
    """Be the standard output of every function: what the one that runs prints is kept.

    There is one for the whole process, because a logger holds on to the stream it was made with.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[str] | None = None

    def write(self, text: str) -> int:
        """Keep the text, or let it pass when no function runs."""
        if self._kept is None:
            return sys.stdout.write(text) if sys.stdout is not self else len(text)
        self._kept.append(text)
        return len(text)

    def flush(self) -> None:
        """Have nothing to do."""

    @contextlib.contextmanager
    def kept(self) -> Iterator[list[str]]:
        """Keep what is printed inside the block."""
        self._kept = []
        try:
            with contextlib.redirect_stdout(self):
                yield self._kept
        finally:
            self._kept = None

    def cut(self) -> None:
        """Lose whatever else the run prints: its process is gone."""
        self._kept = []


OUTPUT = Output()


@dataclass(frozen=True, kw_only=True)
class Context:
    """Be what Lambda hands to a handler besides the event."""

    function_name: str
    aws_request_id: str
    seconds_left: Callable[[], float]
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = ""

    def get_remaining_time_in_millis(self) -> int:
        """Give what is left of the function's timeout."""
        return max(0, int(self.seconds_left() * 1000))


@dataclass(kw_only=True)
class FunctionHost:
    """Start functions, one at a time."""

    clock: SimulatedClock
    clients: Clients
    resolve: Callable[[str], str]
    running: str = ""
    _handlers: dict[str, Callable[..., Any]] = field(default_factory=dict)
    _starts: int = 0

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Surround every module of the suite with the rehearsal's world."""
        for module in pkgutil.iter_modules(kinds.__path__):
            importlib.import_module(f"{kinds.__name__}.{module.name}")
        # What a run takes when its handler names nothing else.
        defaults = {"aws": self.clients, "clock": self.clock.time, "fetch": open_package}
        with (
            self.clock.installed(PACKAGE),
            patch.dict(scheduled.Run.__init__.__kwdefaults__, defaults),
            patch.object(running_check, "threading", _Threading(self.clock)),
        ):
            yield

    def redeploy(self, name: str) -> None:
        """Let the next start of a function find a fresh process."""
        self._handlers.pop(name, None)

    def start(self, function: DeployedFunction, event: Mapping[str, Any], at: int) -> FunctionRun:
        """Run a function for an event."""
        self.clock.begin(at)
        self.running = function.name
        error = ""
        with _environment(function, self.resolve), OUTPUT.kept() as printed:
            handler = self._handler(function)
            try:
                handler(dict(event), self._context(function))
                self._refuse_overrun(function)
            except CrashError as crash:
                error = str(crash)
            except Exception as failure:  # noqa: BLE001  Lambda takes them all
                error = f"{type(failure).__name__}: {failure}"
        return FunctionRun(
            function=function.name,
            at=at,
            seconds=self.clock.spent_seconds,
            error=error,
            lines=tuple("".join(printed).splitlines()),
        )

    def _refuse_overrun(self, function: DeployedFunction) -> None:
        if self.clock.spent_seconds > function.timeout_seconds:
            raise TimeoutReachedError(f"Task timed out after {function.timeout_seconds} seconds")

    def _context(self, function: DeployedFunction) -> Context:
        self._starts += 1
        deadline = self.clock.time() + function.timeout_seconds
        return Context(
            function_name=function.name,
            aws_request_id=str(uuid5(NAMES, f"{function.name}/{self._starts}")),
            seconds_left=lambda: deadline - self.clock.time(),
        )

    def _handler(self, function: DeployedFunction) -> Callable[..., Any]:
        if function.name not in self._handlers:
            self._handlers[function.name] = load_handler(function)
            self.clock.adopt(PACKAGE)
            _redirect_loggers(OUTPUT)
        return self._handlers[function.name]


def load_handler(function: DeployedFunction) -> Callable[..., Any]:
    """Import a function's module from its own folder and give its handler."""
    module_name, _, handler = function.handler.rpartition(".")
    path = function.code / f"{module_name.replace('.', '/')}.py"
    found = importlib.util.spec_from_file_location(f"rehearsed_{path.parent.name}", path)
    if not path.is_file() or found is None or found.loader is None:
        raise RehearsalError(f"function {function.name}: {path} is no file, expected its handler")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    loaded: Callable[..., Any] = getattr(module, handler)
    return loaded


class _Threading:
    """Stand in for the module `threading` where checks start theirs: each runs at once."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock

    def Thread(self, *, target: Callable[[], None], **_options: object) -> "_Thread":  # noqa: N802
        """Make a thread, under the name that the real module gives it."""
        return _Thread(self._clock, target)


class _Thread:
    def __init__(self, clock: SimulatedClock, target: Callable[[], None]) -> None:
        self._clock = clock
        self._target = target

    def start(self) -> None:
        with self._clock.aside():
            self._target()


@contextlib.contextmanager
def _environment(function: DeployedFunction, resolve: Callable[[str], str]) -> Iterator[None]:
    wanted = {name: resolve(value) for name, value in function.variables.items()}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _redirect_loggers(output: TextIO | io.TextIOBase) -> None:
    for name, logger in logging.Logger.manager.loggerDict.items():
        if isinstance(logger, logging.Logger) and name.startswith(f"{PACKAGE}-"):
            for each in logger.handlers:
                if isinstance(each, logging.StreamHandler):
                    each.setStream(output)
