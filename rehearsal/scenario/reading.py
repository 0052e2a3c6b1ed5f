"""Read a scenario file and check it against its surroundings: all mistakes of it at once."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.scenario.errors import Mistake, ScenarioError
from rehearsal.scenario.model import Scenario
from rehearsal.scenario.position import Path as KeyPath
from rehearsal.scenario.position import Positions
from rehearsal.scenario.surroundings import Surroundings

WHERE = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
SEVERITIES = ("P1", "P2", "P3", "P4")
# What happens to a simulated world, unlike the metrics that a scenario says ([[aws]]).
# Whose placeholders are filled in for each row, and whose must be known from the start.
FOR_ROWS = ("habit", "insert", "update", "story")
FOR_NAMES = (
    *("aws", "endpoint", "parameter", "rule", "expect", "quiet"),
    *("told", "message", "written"),
)
HAPPENINGS = (
    *("insert", "update", "truncate", "endpoint", "parameter", "rule", "database"),
    *("suite", "queue", "answer", "cost", "habit", "told", "message", "written"),
)


def read_scenario(file: Path, surroundings: Surroundings, profiles: Iterable[str]) -> Scenario:
    """Return the scenario of a file; raise `ScenarioError` with every mistake in it."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        sentence = f"this is no text, expected TOML in UTF-8 ({error.reason})"
        raise ScenarioError(file, [Mistake(line=1, sentence=sentence)]) from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = WHERE.search(str(error))
        line = int(where[1]) if where and where[1] else len(text.splitlines())
        sentence = f"this is no TOML: {WHERE.sub('', str(error)).strip()}"
        raise ScenarioError(file, [Mistake(line=line, sentence=sentence)]) from error
    positions = Positions(text)
    document, mistakes = _place(document, surroundings.placeholders, positions)
    try:
        scenario = Scenario.model_validate(document)
    except ValidationError as error:
        mistakes += _translated(error, positions)
        mistakes += _check_names(document, surroundings, profiles, positions)
        raise ScenarioError(file, mistakes) from error
    mistakes += _check_names(document, surroundings, profiles, positions)
    mistakes += _check_sense(scenario, positions)
    if mistakes:
        raise ScenarioError(file, mistakes)
    return scenario


def _place(
    document: dict[str, Any], placeholders: Mapping[str, str], positions: Positions
) -> tuple[dict[str, Any], list[Mistake]]:
    """Fill in `{environment}` and its like; those of rows (`{at}`) stay."""
    mistakes: list[Mistake] = []

    def placed(value: Any, path: KeyPath) -> Any:
        if isinstance(value, dict):
            return {name: placed(item, (*path, name)) for name, item in value.items()}
        if isinstance(value, list):
            return [placed(item, (*path, place)) for place, item in enumerate(value)]
        if not isinstance(value, str) or not path or path[0] in FOR_ROWS:
            return value
        for name in PLACEHOLDER.findall(value):
            if name in placeholders:
                value = value.replace(f"{{{name}}}", placeholders[name])
            elif path[0] in FOR_NAMES:
                sentence = f"{{{name}}} is unknown{_nearest(name, placeholders)}"
                mistakes.append(Mistake(line=positions.line(path), sentence=sentence))
        return value

    return placed(document, ()), mistakes


def _translated(error: ValidationError, positions: Positions) -> Iterator[Mistake]:
    for problem in error.errors():
        path = tuple(problem["loc"])
        yield Mistake(line=positions.line(path), sentence=_sentence(problem, path))


def _sentence(problem: Any, path: KeyPath) -> str:
    name = next((str(part) for part in reversed(path) if isinstance(part, str)), "the scenario")
    match problem["type"]:
        case "missing":
            table = next((str(part) for part in reversed(path[:-1]) if isinstance(part, str)), "")
            return f"{f'[[{table}]]' if table else 'the scenario'} lacks {name}, expected it"
        case "extra_forbidden":
            return f"{name} is unknown{_nearest(name, _keys_at(path[:-1]))}"
        case "value_error":
            sentence = problem["msg"].removeprefix("Value error, ")
            return f"{name}: {sentence}"
        case "literal_error":
            return f"{name}: found {problem['input']!r}, expected {problem['ctx']['expected']}"
        case _:
            found = problem["input"]
            shown = found if isinstance(found, str | int | float | bool) else type(found).__name__
            return f"{name}: found {shown!r}, expected: {problem['msg']}"


def _keys_at(path: KeyPath) -> set[str]:
    """List the keys that the table at a path may have."""
    model: type[BaseModel] = Scenario
    for part in path:
        field = model.model_fields.get(str(part))
        inner = [each for each in get_args(field.annotation) if _is_model(each)] if field else []
        model = inner[0] if inner else model
    return {field.alias or name for name, field in model.model_fields.items()}


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(set(known))
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if near:
        return f", expected {near[0]} perhaps"
    if not names:
        return ", and there is none to name"
    shown = ", ".join(names[:8])
    return f", expected one of {shown}" + (" …" if len(names) > 8 else "")


def _check_names(
    document: Mapping[str, Any],
    surroundings: Surroundings,
    profiles: Iterable[str],
    positions: Positions,
) -> Iterator[Mistake]:
    known: dict[tuple[str, str], Iterable[str]] = {
        ("habit", "table"): surroundings.tables,
        ("insert", "table"): surroundings.tables,
        ("update", "table"): surroundings.tables,
        ("truncate", "table"): surroundings.tables,
        ("endpoint", "function"): surroundings.functions,
        ("parameter", "name"): surroundings.parameters,
        ("rule", "name"): surroundings.rules,
        ("suite", "function"): surroundings.suite,
        ("told", "function"): surroundings.suite,
        ("queue", "name"): surroundings.queues,
        ("written", "parameter"): surroundings.parameters,
        ("expect", "alarm"): surroundings.alarms,
        ("quiet", "alarm"): surroundings.alarms,
    }
    if not surroundings.is_simulated:
        yield from _refuse_happenings(document, positions)
        document = {name: item for name, item in document.items() if name not in HAPPENINGS}
    background = document.get("background", "ordinary")
    if background not in set(profiles):
        sentence = f"background {background!r} is unknown{_nearest(str(background), profiles)}"
        yield Mistake(line=positions.line(("background",)), sentence=sentence)
    for (table, key), names in known.items():
        for place, item in _items(document, table):
            name = item.get(key)
            # A placeholder that is unknown has been told already.
            if isinstance(name, str) and name not in names and "{" not in name:
                sentence = f"{key} {name!r} is unknown{_nearest(name, names)}"
                yield Mistake(line=positions.line((table, place, key)), sentence=sentence)
    yield from _check_columns(document, surroundings, positions)
    yield from _check_metrics(document, surroundings, positions)
    yield from _check_lists(document, surroundings, positions)
    yield from _check_settings(document, surroundings, positions)


def _refuse_happenings(document: Mapping[str, Any], positions: Positions) -> Iterator[Mistake]:
    """Find what would happen to a world where none is simulated: it must not be passed over."""
    for table in HAPPENINGS:
        for place, _ in _items(document, table):
            sentence = (
                f"no world is simulated here for [[{table}]], expected its metrics as [[aws]]"
            )
            yield Mistake(line=positions.line((table, place)), sentence=sentence)


def _items(document: Mapping[str, Any], table: str) -> Iterator[tuple[int, dict[str, Any]]]:
    items = document.get(table)
    if isinstance(items, list):
        yield from ((place, item) for place, item in enumerate(items) if isinstance(item, dict))


def _check_columns(
    document: Mapping[str, Any], surroundings: Surroundings, positions: Positions
) -> Iterator[Mistake]:
    named_in = {"habit": ("values",), "insert": ("values",), "update": ("set", "where")}
    for table, keys in named_in.items():
        for place, item in _items(document, table):
            columns = surroundings.tables.get(str(item.get("table")))
            for key in keys:
                named = item.get(key)
                if columns is None or not isinstance(named, dict):
                    continue
                for column in named.keys() - columns.columns:
                    near = _nearest(column, columns.columns)
                    sentence = f"{item['table']} has no column {column!r}{near}"
                    line = positions.line((table, place, key, column))
                    yield Mistake(line=line, sentence=sentence)


def _check_metrics(
    document: Mapping[str, Any], surroundings: Surroundings, positions: Positions
) -> Iterator[Mistake]:
    for place, item in _items(document, "aws"):
        dimensions = item.get("dimensions", {})
        if not isinstance(dimensions, dict):
            continue
        named = {str(name): str(value) for name, value in dimensions.items()}
        metric = MetricIdentity.of(str(item.get("namespace")), str(item.get("metric")), named)
        if metric not in surroundings.metrics:
            near = _nearest(str(metric), map(str, surroundings.metrics))
            sentence = f"no alarm watches {metric}{near}"
            yield Mistake(line=positions.line(("aws", place, "metric")), sentence=sentence)


def _check_lists(
    document: Mapping[str, Any], surroundings: Surroundings, positions: Positions
) -> Iterator[Mistake]:
    topics = {*surroundings.topics, *SEVERITIES}
    known: dict[tuple[str, str], Iterable[str]] = {
        ("expect", "along_with"): surroundings.alarms,
        ("expect", "reaches"): topics,
        ("message", "reaches"): topics,
        ("habit", "counted_by"): surroundings.suite,
    }
    for (table, key), names in known.items():
        for place, item in _items(document, table):
            listed = item.get(key, [])
            for name in listed if isinstance(listed, list) else []:
                if name not in names:
                    sentence = f"{key} names {name!r}, which is unknown{_nearest(str(name), names)}"
                    yield Mistake(line=positions.line((table, place, key)), sentence=sentence)


def _check_settings(
    document: Mapping[str, Any], surroundings: Surroundings, positions: Positions
) -> Iterator[Mistake]:
    for place, item in _items(document, "told"):
        known = surroundings.settings.get(surroundings.suite.get(str(item.get("function")), ""))
        named = item.get("settings")
        if known is None or not isinstance(named, dict):
            continue
        for name in named.keys() - known:
            sentence = f"{item['function']} is told no {name!r}{_nearest(name, known)}"
            line = positions.line(("told", place, "settings", name))
            yield Mistake(line=line, sentence=sentence)


def _check_sense(scenario: Scenario, positions: Positions) -> Iterator[Mistake]:
    """Find what would be read and never used, and alarms that are asked for both ways."""
    firing = {each.alarm for each in scenario.expect}
    firing |= {name for each in scenario.expect for name in each.along_with}
    for place, miss in enumerate(scenario.quiet):
        if miss.alarm in firing:
            sentence = f"{miss.alarm} is expected to fire and to stay quiet, expected one of both"
            yield Mistake(line=positions.line(("quiet", place)), sentence=sentence)
    ends = {
        "expect": [(each.recovers or each.fires)[1] for each in scenario.expect],
        "message": [each.between[1] for each in scenario.message],
        "written": [each.between[1] for each in scenario.written],
    }
    for table, place, last in _each(ends):
        if last > scenario.lasts:
            sentence = "expected after the end of the scenario, expected a longer lasts"
            yield Mistake(line=positions.line((table, place)), sentence=sentence)
    begins = {
        table: [each.at for each in getattr(scenario, table)]
        for table in ("insert", "update", "truncate", "aws")
    }
    for table, place, at in _each(begins):
        if at >= scenario.lasts:
            sentence = f"[[{table}]] begins after the end of the scenario, expected before it"
            yield Mistake(line=positions.line((table, place)), sentence=sentence)


def _each(moments: Mapping[str, Iterable[int]]) -> Iterator[tuple[str, int, int]]:
    for table, found in moments.items():
        yield from ((table, place, moment) for place, moment in enumerate(found))
