"""One start of a function of the suite, and what it printed."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FunctionRun:
    """Say how one start of a function went; times are seconds since 1970.

    `error` is empty for a run that returned; `lines` is what it printed.
    """

    function: str
    at: int
    seconds: float
    error: str = ""
    lines: tuple[str, ...] = ()
