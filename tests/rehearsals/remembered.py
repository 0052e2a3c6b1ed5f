"""What rehearsals recorded in the last test run, for as long as nothing that decides it changes.

A scenario lived through again by the same code, on the same templates, gives the same recording;
test_scenarios.py tries it with one of them each time. Alarms are evaluated on it anew each time.
"""

import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from rehearsal.runner.library import SCENARIOS
from rehearsal.runner.result import Recorded

ROOT = Path(__file__).parents[2]
REMEMBERED = ROOT / "build" / "rehearsal" / "remembered"
ROOMS = ("layers", "functions", "rehearsal", "environments")
SUFFIXES = (".py", ".sql", ".toml", ".txt", ".json")


def fingerprint(templates: Iterable[Path]) -> str:
    """Tell apart all that decides a recording but the scenario: code, templates, libraries."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (*_sources(), *sorted((ROOT / "requirements").glob("*.txt")), *sorted(templates)):
        digest.update(f"{path.name}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file() and SCENARIOS not in path.parents:
                yield path


def recall(file: Path, decided_by: str, record: Callable[[], Recorded]) -> Recorded:
    """Return what a scenario's file recorded before, or record it now and keep it.

    THOROUGH=1 records everything anew.
    """
    text = file.read_bytes()
    key = hashlib.sha256(decided_by.encode() + text).hexdigest()
    name = ".".join(file.relative_to(SCENARIOS).with_suffix("").parts)
    kept = REMEMBERED / f"{name}.{key}.pickle"
    if kept.exists() and os.environ.get("THOROUGH") != "1":
        recorded: Recorded = pickle.loads(kept.read_bytes())
        return recorded
    recorded = record()
    kept.parent.mkdir(parents=True, exist_ok=True)
    for old in kept.parent.glob(f"{name}.*"):
        old.unlink(missing_ok=True)
    # Whole or not at all: an interrupted test run must not leave half of it.
    unfinished = kept.with_suffix(".unfinished")
    unfinished.write_bytes(pickle.dumps(recorded))
    unfinished.replace(kept)
    return recorded
