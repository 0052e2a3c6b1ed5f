"""One directory per run, removed at its end, and free ports on this machine."""

import contextlib
import fcntl
import os
import random
import shutil
import socket
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from rehearsal.local.errors import LocalStageError

REPOSITORY = Path(__file__).resolve().parents[2]
RUNS = REPOSITORY / "build" / "run"
MEMORY = Path("/dev/shm")  # noqa: S108 - ours inside it is checked to be nobody else's
MEMORY_BYTES = 4 * 2**30
OWNER_LOCK = ".owner"
KEPT_MARK = ".kept"
# Below the range from which systems take ports for outgoing connections, so that no client of
# ours can take a port between our finding it free and a server's binding it.
FIRST_PORT = 18_000
LAST_PORT = 31_999
PORT_TRIES = 100


def quickest_runs() -> Path:
    """Return where runs live: in memory where the system offers it with room, else in build/run/.

    A database is three hundred small files, and some file systems take a quarter of a second of
    processor time to create them when as many have just been removed.
    """
    ours = MEMORY / f"watchkeeper-{os.geteuid()}"
    try:
        if shutil.disk_usage(MEMORY).free < MEMORY_BYTES:
            return RUNS
        ours.mkdir(mode=0o711, exist_ok=True)
        found = ours.lstat()
    except OSError:
        return RUNS
    trusted = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    return ours if trusted and not found.st_mode & 0o022 else RUNS


def free_port() -> int:
    """Find a TCP port of 127.0.0.1 that nothing uses now."""
    for _ in range(PORT_TRIES):
        port = random.SystemRandom().randint(FIRST_PORT, LAST_PORT)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise LocalStageError(
        f"no free port found in {PORT_TRIES} tries between {FIRST_PORT} and {LAST_PORT}"
    )


@contextlib.contextmanager
def hold_directory(directory: Path) -> Iterator[None]:
    """Let one process at a time work in a directory."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def remove_abandoned(runs: Path) -> list[Path]:
    """Remove the directories of runs whose process is gone; return them."""
    removed = []
    for directory in runs.iterdir() if runs.is_dir() else ():
        if (directory / KEPT_MARK).exists() or not (directory / OWNER_LOCK).exists():
            continue
        with contextlib.suppress(OSError), (directory / OWNER_LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(directory)
            removed.append(directory)
    return removed


class RunDirectory:
    """Own a fresh directory below `runs` for as long as the `with` block lasts.

    `runs` is `quickest_runs()` unless told otherwise: tell RUNS for what would fill the memory.
    With KEEP=1 in the environment (or `keep=True`) it stays, and is on disk. When the block
    fails, the ends of all logs in it are shown before it goes. A run that was killed leaves its
    directory to the next run, which removes it.
    """

    def __init__(self, runs: Path | None = None, *, keep: bool | None = None) -> None:
        self._keep = os.environ.get("KEEP") == "1" if keep is None else keep
        self._runs = runs or (RUNS if self._keep else quickest_runs())
        self._lock: IO[str] | None = None
        self._path: Path | None = None

    @property
    def path(self) -> Path:
        """Return where the run keeps its files."""
        if self._path is None:
            raise LocalStageError("the run directory is only there inside its with block")
        return self._path

    def __enter__(self) -> Self:
        """Create the directory and claim it, so that no other run removes it."""
        self._runs.mkdir(parents=True, exist_ok=True)
        with hold_directory(self._runs):
            remove_abandoned(self._runs)
            self._path = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=self._runs))
            self._lock = (self._path / OWNER_LOCK).open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        # A server that runs as another user must pass through, but need not look around.
        self._path.chmod(0o711)
        if self._keep:
            (self._path / KEPT_MARK).touch()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Show the logs of a failure, then remove the directory unless it is to be kept."""
        if error is not None and isinstance(error, Exception):
            print(self.log_tails(), file=sys.stderr)
        if self._keep:
            print(f"kept: {self.path}", file=sys.stderr)
        else:
            shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
        self._path = None

    def subdirectory(self, name: str, *, mode: int = 0o755) -> Path:
        """Create and return a directory inside the run directory."""
        directory = self.path / name
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(mode)
        return directory

    def log_tails(self, max_lines: int = 40) -> str:
        """Return the last lines of every log in the directory, each under its name."""
        parts = []
        for log in sorted(self.path.rglob("*.log")):
            lines = log.read_text(errors="replace").splitlines()[-max_lines:]
            parts.append("\n".join([f"--- {log.relative_to(self.path)}", *lines]))
        return "\n".join(parts)
