"""What was made before, kept for as long as nothing that decides it changes.

One file for each name, which ends in a fingerprint of all that decides what is in it: what was made
of anything else is not found.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from infra.places import ROOT


def recall(
    folder: Path,
    name: str,
    *,
    decided_by: Iterable[bytes],
    make: Callable[[], bytes],
    holds: Callable[[bytes], bool] = lambda _: True,
) -> bytes:
    """Return what was made before of the same, or make it now and keep it under its name.

    What no longer `holds` is made anew, with THOROUGH=1 in the environment everything is. What
    fails is not kept.
    """
    kept = folder / f"{name}.{fingerprint(decided_by)}"
    if kept.exists() and os.environ.get("THOROUGH") != "1" and holds(before := kept.read_bytes()):
        return before
    made = make()
    folder.mkdir(parents=True, exist_ok=True)
    # Whole or not at all: who is interrupted must not leave half of it, and test workers may make
    # the same at the same time, each under a name that no other writes to or forgets.
    unfinished = folder / f".{name}.{os.getpid()}"
    unfinished.write_bytes(made)
    unfinished.replace(kept)
    for old in set(folder.glob(f"{name}.*")) - {kept}:
        old.unlink(missing_ok=True)
    return made


def sources(*rooms: str, root: Path = ROOT, but: Path | None = None) -> Iterator[bytes]:
    """Yield what decides whatever our code makes: Python's version, locks, every file of rooms."""
    yield sys.version.encode()
    for room in ("requirements", *rooms):
        yield from contents(root, (path for path in files(root / room) if but not in path.parents))


def files(folder: Path) -> Iterator[Path]:
    """Yield every file below a folder but what Python compiled."""
    for path in folder.rglob("*"):
        if path.suffix != ".pyc" and path.is_file():
            yield path


def contents(folder: Path, paths: Iterable[Path]) -> Iterator[bytes]:
    """Yield names, as seen from a folder, and contents of files, in the order of their names."""
    for name, path in sorted((path.relative_to(folder).as_posix(), path) for path in paths):
        yield name.encode()
        yield path.read_bytes()


def fingerprint(decided_by: Iterable[bytes]) -> str:
    """Tell things apart by a few characters that could be a file's name."""
    whole = hashlib.sha256()
    for each in decided_by:
        # Of each its own hash, so that no byte can move from one into the next.
        whole.update(hashlib.sha256(each).digest())
    return whole.hexdigest()
