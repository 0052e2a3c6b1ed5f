"""Stand between this program and one server it starts, so that the server never outlives it.

Runs as a process of its own (`python -I -S guardian.py`) with the standard library only:

1. reads what to start as one line of JSON from standard input;
2. starts it in a process group of its own and answers with its process id;
3. when standard input closes, by `stop()` or because the parent died in whatever way, asks the
   server to stop, and kills it when it takes longer than its grace;
4. kills everything the server left behind, then exits as the server did.
"""

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
POLL_SECONDS = 0.02


def call_prctl(option: int, value: int) -> None:
    """Set a process attribute where the system knows how; elsewhere do nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def start_server(order: dict[str, Any]) -> "subprocess.Popen[bytes]":
    """Start the ordered server in a process group of its own.

    Keep what is returned: when it goes, it collects a server that has ended already, and nobody
    would ever learn of that end.
    """

    def die_with_guardian() -> None:
        # Set after the change of user, which would clear it. The guardian has one thread, so
        # "the parent thread died" means that the guardian itself was killed.
        call_prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    other_user: dict[str, Any] = {}
    if order["user_id"] is not None:
        other_user = {"user": order["user_id"], "group": order["group_id"], "extra_groups": []}
    with Path(order["log"]).open("ab") as log:
        return subprocess.Popen(
            order["arguments"],
            env=order["environment"],
            cwd=order["directory"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
            preexec_fn=die_with_guardian,  # noqa: PLW1509  the guardian has no threads
            **other_user,
        )


def children_of_this_process() -> list[int]:
    """List the ids of all child processes, adopted ones included (Linux only)."""
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The second field is the program's name in brackets and may hold anything.
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            children.append(int(stat.parent.name))
    return children


def attempt(call: Callable[..., object], *arguments: int) -> None:
    """Send a signal to a process that may have gone already."""
    try:
        call(*arguments)
    except (ProcessLookupError, PermissionError):
        return


def reap(server_id: int) -> int | None:
    """Collect every child that ended; return the server's wait status if it was among them."""
    server_status = None
    while True:
        try:
            ended_id, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return server_status
        if ended_id == 0:
            return server_status
        if ended_id == server_id:
            server_status = status


def kill_leftovers(server_id: int) -> None:
    """Kill what is left of the server's group and every process it orphaned."""
    attempt(os.killpg, server_id, signal.SIGKILL)
    while orphans := children_of_this_process():
        for orphan in orphans:
            attempt(os.kill, orphan, signal.SIGKILL)
        reap(server_id)
        time.sleep(POLL_SECONDS)


def note_signal(_number: int, _frame: object) -> None:
    """Let a signal do nothing but wake the loop that reads its number."""


def wait_for_end(server_id: int, order: dict[str, Any]) -> int:
    """Wait until the server ended, asking it to as soon as nobody needs it; return its status."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    for name in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, note_signal)
    sources = [sys.stdin.fileno(), woken]
    kill_at: float | None = None
    while True:
        status = reap(server_id)
        if status is not None:
            return status
        wait_seconds = None if kill_at is None else max(0.0, kill_at - time.monotonic())
        ready = select.select(sources, [], [], wait_seconds)[0]
        woken_by = os.read(woken, 64) if woken in ready else b""
        asked = sources[0] in ready or any(number != signal.SIGCHLD for number in woken_by)
        if asked and kill_at is None:
            sources = [woken]
            kill_at = time.monotonic() + order["grace_seconds"]
            attempt(os.killpg, server_id, signal.SIGCONT)
            attempt(os.kill, server_id, order["stop_signal"])
        if kill_at is not None and time.monotonic() >= kill_at:
            attempt(os.killpg, server_id, signal.SIGKILL)


def main() -> int:
    """Guard one server for the whole of its life."""
    # Unbuffered, so that the end of input afterwards is seen by `select`.
    with os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as orders:
        order = json.loads(orders.readline())
    call_prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        server = start_server(order)
    except OSError as error:
        print(f"error {error}", flush=True)
        return 1
    print(server.pid, flush=True)
    status = wait_for_end(server.pid, order)
    kill_leftovers(server.pid)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
