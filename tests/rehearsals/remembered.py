"""What came of rehearsals in the last test run, for as long as nothing that decides it changes.

A scenario lived through again by the same code, on the same templates, gives the same figures;
test_scenarios.py tries it with one of them each time. THOROUGH=1 rehearses everything anew.
"""

import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from rehearsal.runner.library import SCENARIOS

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
REMEMBERED = ROOT / "build" / "rehearsal" / "remembered"
ROOMS = ("layers", "functions", "rehearsal", "environments")
SUFFIXES = (".py", ".sql", ".toml", ".txt", ".json")


def fingerprint(templates: Iterable[Path]) -> bytes:
    """Tell apart all that decides a rehearsal but the scenario: code, templates, libraries."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (*_sources(), *sorted((ROOT / "requirements").glob("*.txt")), *sorted(templates)):
        digest.update(f"{path.name}\0".encode())
        digest.update(path.read_bytes())
    return digest.digest()


def _sources() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file() and SCENARIOS not in path.parents:
                yield path


def recall(name: str, decided_by: Iterable[bytes], make: Callable[[], T]) -> T:
    """Return what was made before of the same, or make it now and keep it under its name."""
    digest = hashlib.sha256()
    for each in decided_by:
        digest.update(hashlib.sha256(each).digest())
    kept = REMEMBERED / f"{name}.{digest.hexdigest()}.pickle"
    if kept.exists() and os.environ.get("THOROUGH") != "1":
        before: T = pickle.loads(kept.read_bytes())
        return before
    made = make()
    kept.parent.mkdir(parents=True, exist_ok=True)
    for old in kept.parent.glob(f"{name}.*"):
        old.unlink(missing_ok=True)
    # Whole or not at all: an interrupted test run must not leave half of it.
    unfinished = kept.with_suffix(".unfinished")
    unfinished.write_bytes(pickle.dumps(made))
    unfinished.replace(kept)
    return made
