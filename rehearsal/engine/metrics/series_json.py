"""Read series from JSON, each written in the compact notation or as a list of numbers."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import NoneType
from typing import Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from rehearsal.engine.errors import SampleError
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.json_lines import JsonPath, find_lines
from rehearsal.engine.metrics.mistakes import Mistake
from rehearsal.engine.metrics.notation import NotationError, parse_notation
from rehearsal.engine.metrics.samples import MAX_MAGNITUDE, MAX_PAST_SECONDS, Points, Sample
from rehearsal.engine.metrics.times import read_time

_SHARED: Final = ("start", "step_seconds")
_FILE_MEMBERS: Final = (*_SHARED, "series")
_SERIES_MEMBERS: Final = (
    *("namespace", "metric", "dimensions", "unit", "values"),
    *(*_SHARED, "resolution", "arrives_after_seconds"),
)


def read_json(text: str) -> tuple[list[Sample | Points], list[Mistake]]:
    """Return the series of a JSON text, and what is wrong with it."""
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        return [], [Mistake(error.lineno, f"this is no JSON: {error.msg} (column {error.colno})")]
    except (ValueError, RecursionError) as error:
        return [], [Mistake(1, f"this is no JSON: {error}")]
    reader = _Reader(text)
    return reader.read(document), reader.mistakes


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is no number of it; a missing point is null"
    raise ValueError(message)


class _Reader:
    """Read one document, and keep its mistakes with their lines."""

    def __init__(self, text: str) -> None:
        self.mistakes: list[Mistake] = []
        self._text = text

    def read(self, document: Mapping[str, Any]) -> list[Sample | Points]:
        """Return every series that is right."""
        self._check_members((), document, _FILE_MEMBERS)
        series = document.get("series")
        if not isinstance(series, list):
            self._note((), "a file has series, a list of objects")
            return []
        shared = {name: document[name] for name in _SHARED if name in document}
        found = (self._read_one(("series", index), one, shared) for index, one in enumerate(series))
        return [points for points in found if points is not None]

    def _read_one(self, path: JsonPath, one: object, shared: Mapping[str, object]) -> Points | None:
        if not isinstance(one, dict):
            self._note(path, f"a series is an object, not {one!r}")
            return None
        before = len(self.mistakes)
        self._check_members(path, one, _SERIES_MEMBERS)
        metric, unit = self._read_metric(path, one), self._read_text(path, one, "unit")
        at, values = self._read_points(path, {**shared, **one})
        delay = self._read_whole(path, one, "arrives_after_seconds", 0, range(MAX_PAST_SECONDS + 1))
        resolution = self._read_whole(path, one, "resolution", 60, (1, 60))
        if len(self.mistakes) > before:
            return None
        try:
            return Points(
                metric=metric,
                at=at,
                arrives=at + delay,
                values=values,
                unit=unit or None,
                high_resolution=resolution == 1,
            )
        except SampleError as error:
            self._note(path, str(error))
            return None

    def _read_metric(self, path: JsonPath, one: Mapping[str, object]) -> MetricIdentity:
        dimensions = one.get("dimensions", {})
        if not isinstance(dimensions, dict) or not all(
            isinstance(value, str) for value in dimensions.values()
        ):
            self._note((*path, "dimensions"), "dimensions is an object of texts")
            dimensions = {}
        for name in ("namespace", "metric"):
            if name not in one:
                self._note(path, f"a series has a {name}")
        namespace = self._read_text(path, one, "namespace")
        return MetricIdentity.of(namespace, self._read_text(path, one, "metric"), dimensions)

    def _read_points(
        self, path: JsonPath, one: Mapping[str, object]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        start = self._read_start(path, one)
        step = self._read_whole(path, one, "step_seconds", 60, range(1, 7 * 86_400 + 1))
        points = self._read_values(path, one.get("values"))
        values = np.array([np.nan if point is None else point for point in points])
        there = ~np.isnan(values)
        return (start + step * np.arange(len(values), dtype=np.int64))[there], values[there]

    def _read_start(self, path: JsonPath, one: Mapping[str, object]) -> int:
        place: JsonPath = (*path, "start")
        if "start" not in one:
            self._note(path, "a series, or the file, has a start")
            return 0
        try:
            return read_time(str(one["start"]))
        except ValueError as error:
            self._note(place, f"start: {error}")
            return 0

    def _read_values(self, path: JsonPath, values: object) -> Sequence[float | None]:
        place: JsonPath = (*path, "values")
        if isinstance(values, str):
            try:
                return parse_notation(values)
            except NotationError as error:
                self._note(place, f"values: {error}")
        elif not isinstance(values, list) or not values:
            self._note(place, "values is a text such as 0x10 25x3 _x2, or a list of numbers")
        elif wrong := [value for value in values if type(value) not in (int, float, NoneType)]:
            self._note(place, f"values holds numbers and nulls, not {wrong[0]!r}")
        elif beyond := [value for value in values if abs(value or 0) > MAX_MAGNITUDE]:
            self._note(place, f"values lie within -2^360 and 2^360, unlike {str(beyond[0])[:20]}")
        else:
            return values
        return ()

    def _read_text(self, path: JsonPath, one: Mapping[str, object], name: str) -> str:
        value = one.get(name, "")
        if isinstance(value, str):
            return value
        self._note((*path, name), f"{name} is a text, not {value!r}")
        return ""

    def _read_whole(
        self,
        path: JsonPath,
        one: Mapping[str, object],
        name: str,
        default: int,
        allowed: Sequence[int],
    ) -> int:
        value = one.get(name, default)
        if type(value) is int and value in allowed:
            return value
        words = f"{allowed[0]} to {allowed[-1]}" if len(allowed) > 2 else "1 or 60"
        self._note((*path, name), f"{name} is a whole number, {words}, not {value!r}")
        return default

    def _check_members(
        self, path: JsonPath, one: Mapping[str, object], known: Sequence[str]
    ) -> None:
        for name in one:
            if name not in known:
                self._note(
                    (*path, name), f"there is no {name!r} here; known are {', '.join(known)}"
                )

    @cached_property
    def _lines(self) -> dict[JsonPath, int]:
        return find_lines(self._text)

    def _note(self, path: JsonPath, text: str) -> None:
        # What a series takes over from the file has its line there.
        line = self._lines.get(path) or self._lines.get(path[-1:]) or self._lines[path[:-1]]
        self.mistakes.append(Mistake(line, text))
