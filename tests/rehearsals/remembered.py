"""What came of rehearsals in the last test run, for as long as nothing that decides it changes.

A scenario lived through again by the same code, on the same templates, gives the same figures;
test_scenarios.py tries it with one of them each time. THOROUGH=1 rehearses everything anew.
"""

import pickle
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from infra import remembered
from infra.places import BUILD
from infra.remembered import contents, fingerprint, sources
from rehearsal.runner.library import SCENARIOS

T = TypeVar("T")

REMEMBERED = BUILD / "rehearsal" / "remembered"
ROOMS = ("layers", "functions", "rehearsal", "environments")


def what_decides(folder: Path, templates: Iterable[Path]) -> bytes:
    """Tell apart all that decides a rehearsal but the scenario: code, templates, libraries."""
    code = sources(*ROOMS, but=SCENARIOS)
    return fingerprint([*code, *contents(folder, templates)]).encode()


def recall(name: str, decided_by: Iterable[bytes], make: Callable[[], T]) -> T:
    """Return what was made before of the same, or make it now and keep it under its name."""
    kept: T = pickle.loads(
        remembered.recall(
            REMEMBERED, name, decided_by=decided_by, make=lambda: pickle.dumps(make())
        )
    )
    return kept
