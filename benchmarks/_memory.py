"""The most memory a process has used, as Linux tells it."""

from pathlib import Path


def peak_memory_megabytes(process_id: int) -> float | None:
    """Return the peak resident memory of a running process; none where /proc does not tell.

    `getrusage` would not do: on Linux a child begins with the peak of the process that started it.
    """
    status = Path("/proc") / str(process_id) / "status"
    if not status.exists():
        return None
    for line in status.read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return None
