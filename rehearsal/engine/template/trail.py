"""The way resolution has taken, so that a circle of references is an error and not a crash."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rehearsal.engine.errors import TemplateError

# Far beyond what people write, far below what Python's own stack bears.
MOST_STEPS: Final = 60


class Trail:
    """Remember what is being resolved, from the outermost value to the innermost."""

    def __init__(self) -> None:
        self._steps: list[str] = []

    @contextmanager
    def step(self, subject: str = "") -> Iterator[None]:
        """Go one level deeper; a subject is something that may not be needed by itself."""
        if subject and subject in self._steps:
            way = [step for step in self._steps[self._steps.index(subject) :] if step]
            message = f"expected no circle of references and found {' → '.join([*way, subject])}"
            raise TemplateError(message)
        if len(self._steps) >= MOST_STEPS:
            message = f"expected values nested at most {MOST_STEPS} deep and found deeper ones"
            raise TemplateError(message)
        self._steps.append(subject)
        try:
            yield
        finally:
            self._steps.pop()
