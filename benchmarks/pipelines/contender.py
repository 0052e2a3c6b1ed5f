"""What is measured side by side: something that reads a table of pipeline runs to measure it."""

from datetime import datetime
from typing import Protocol


class Contender(Protocol):
    """Be one way of turning a table of runs into metrics, again and again."""

    def connect(self) -> None:
        """Get ready to run; connections of its own may be opened."""
        ...

    def run(self, now: datetime, *, new_rows: int) -> float:
        """Do it once, as of `now` where that can be said, and return how many seconds it took.

        Raise when the result is not what the `new_rows` since the run before should make it.
        """
        ...

    def memory_megabytes(self) -> float | None:
        """Return the most memory its process has used; none when it has no process of its own."""
        ...

    def disconnect(self) -> None:
        """Close connections that were left open; `connect` opens them again."""
        ...

    def close(self) -> None:
        """End it for good."""
        ...
