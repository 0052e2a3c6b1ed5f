"""Which incidents can be played: the scenario files that say nothing the stage cannot do.

One file is rehearsed on the simulated clock and played here, so what is rehearsed is what is seen.
What only a simulation can do (AWS's own metrics as a series, a function's process that dies at a
chosen step, late logs) keeps a file from being played, by name.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rehearsal.local.errors import LocalStageError
from rehearsal.runner.library import SCENARIOS, find_scenarios

# How a stand-in can be told to answer, by what a scenario calls it.
ANSWERS = {"error": "failing", "wrong": "degraded"}
DATABASE = ("down", "refusing-logins")
# What the stage can do of a scenario; whatever else one says is the simulated clock's alone.
ABOUT = ("title", "story", "runbook", "workload", "environment", "expect", "quiet")
TIMES = ("starts", "lasts", "warm_up")
HAPPENINGS = ("background", "insert", "update", "truncate", "queue", "parameter")
LIMITED = ("endpoint", "rule", "database")
PLAYED = frozenset({*ABOUT, *TIMES, *HAPPENINGS, *LIMITED})
PAGING = {"P1", "P2"}


def find_incident(name: str, folder: Path = SCENARIOS) -> Path:
    """Return the file of an incident that can be played; raise with those that can."""
    files = {file.stem: file for file in find_scenarios(folder)}
    obstacles = {stem: list_obstacles(_document(file)) for stem, file in files.items()}
    if name in files and not obstacles[name]:
        return files[name]
    said = f"INCIDENT={name} is unknown"
    if name in files:
        said = f"INCIDENT={name} can be rehearsed and not played ({'; '.join(obstacles[name])})"
    known = ", ".join(stem for stem, found in obstacles.items() if not found)
    raise LocalStageError(f"{said}, expected one of {known}")


def list_obstacles(document: Mapping[str, Any]) -> list[str]:
    """Say what keeps a scenario from being played; nothing when it can be."""
    return list(dict.fromkeys(_obstacles(document)))


def _obstacles(document: Mapping[str, Any]) -> Iterator[str]:
    expected = [item for item in _items(document, "expect") if "recovers" in item]
    if not any(PAGING & set(item.get("reaches", ())) for item in expected):
        yield "it expects no alarm that pages, reaching P1 or P2, and recovers"
    for key in sorted(document.keys() - PLAYED):
        yield f"only a simulation has {key}"
    yield from _obstacles_of_the_account(document)


def _obstacles_of_the_account(document: Mapping[str, Any]) -> Iterator[str]:
    for item in _items(document, "endpoint"):
        if item.get("answers") not in ANSWERS:
            yield f"a stand-in cannot be {item.get('answers')}"
        if item.get("payload"):
            yield "a stand-in answers every payload alike"
    for item in _items(document, "database"):
        if item.get("is") not in DATABASE:
            yield f"the database cannot be {item.get('is')} on a clock that waits for it"
    for item in _items(document, "rule"):
        if item.get("state") != "DISABLED":
            yield "a rule that is gone does not come back"


def _items(document: Mapping[str, Any], table: str) -> list[Mapping[str, Any]]:
    found = document.get(table, [])
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _document(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise LocalStageError(f"{file}: {error}") from error
