"""What something took: by the clock, and in processor time, which waiting for others is not in."""

import resource
import time
from types import TracebackType
from typing import Self


class Stopwatch:
    """Measure what is done inside of it, in seconds; programs count once they have ended."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.processor_seconds = 0.0

    def __enter__(self) -> Self:
        """Begin."""
        self._began = time.perf_counter(), _count_processor_seconds()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        clock, processor = self._began
        self.seconds = time.perf_counter() - clock
        self.processor_seconds = _count_processor_seconds() - processor


def _count_processor_seconds() -> float:
    """Return what this process and the programs it has waited for have used so far."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime
