"""Read series from CSV: a header, and a row for each datapoint."""

import csv
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from rehearsal.engine.errors import SampleError
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.mistakes import Mistake
from rehearsal.engine.metrics.samples import Points, Sample, StatisticSet
from rehearsal.engine.metrics.times import read_time

_REQUIRED: Final = ("time", "namespace", "metric")
_SET: Final = ("sample_count", "sum", "minimum", "maximum")
COLUMNS: Final = (*_REQUIRED, "dimensions", "value", *_SET, "unit", "resolution", "arrives")


def read_csv(text: str) -> tuple[list[Sample | Points], list[Mistake]]:
    """Return the datapoints of a CSV text, and what is wrong with it."""
    reader = csv.reader(text.splitlines(keepends=True), skipinitialspace=True, strict=True)
    samples: list[Sample | Points] = []
    mistakes: list[Mistake] = []
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        mistakes.extend(Mistake(1, problem) for problem in _list_header_problems(header))
        for cells in () if mistakes else reader:
            if any(map(str.strip, cells)):
                try:
                    samples.append(_read_row(header, cells))
                except (SampleError, ValueError) as error:
                    mistakes.append(Mistake(reader.line_num, str(error)))
    except csv.Error as error:
        mistakes.append(Mistake(max(reader.line_num, 1), f"this is no CSV: {error}"))
    return samples, mistakes


def _list_header_problems(header: list[str]) -> Iterator[str]:
    known = f"columns are {', '.join(COLUMNS)}"
    if missing := [name for name in _REQUIRED if name not in header]:
        yield f"the header lacks {', '.join(missing)}; {known}"
        return
    for name in dict.fromkeys(header):
        if name not in COLUMNS:
            yield f"there is no column {name!r}; {known}"
        elif header.count(name) > 1:
            yield f"column {name!r} is there {header.count(name)} times"
    lacking = [name for name in _SET if name not in header]
    if 0 < len(lacking) < len(_SET) or (lacking and "value" not in header):
        yield f"the header needs value, or all of {', '.join(_SET)}"


def _read_row(header: list[str], cells: list[str]) -> Sample:
    if len(cells) != len(header):
        message = f"the header has {len(header)} columns, and this row {len(cells)}"
        raise ValueError(message)
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
    at = _read_time("time", row.get("time", ""))
    resolution = row.get("resolution", "60")
    if resolution not in ("1", "60"):
        message = f"resolution is 1 or 60, not {resolution!r}"
        raise ValueError(message)
    values, statistics = _read_numbers(row)
    return Sample(
        metric=_read_metric(
            row.get("namespace", ""), row.get("metric", ""), row.get("dimensions", "")
        ),
        at=at,
        arrives=_read_time("arrives", row["arrives"]) if "arrives" in row else at,
        values=values,
        statistics=statistics,
        unit=row.get("unit"),
        high_resolution=resolution == "1",
    )


def _read_numbers(row: Mapping[str, str]) -> tuple[tuple[float, ...], StatisticSet | None]:
    given = [name for name in _SET if name in row]
    if ("value" in row) == bool(given) or 0 < len(given) < len(_SET):
        message = f"a row has either value, or all of {', '.join(_SET)}"
        raise ValueError(message)
    if given:
        return (), StatisticSet(*(_read_number(name, row[name]) for name in _SET))
    return (_read_number("value", row["value"]),), None


def _read_number(column: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        message = f"{column} is a number, not {text!r}"
        raise ValueError(message) from error


@lru_cache(maxsize=65_536)
def _read_time(column: str, text: str) -> int:
    try:
        return read_time(text)
    except ValueError as error:
        message = f"{column}: {error}"
        raise ValueError(message) from error


@lru_cache(maxsize=4_096)
def _read_metric(namespace: str, name: str, dimensions: str) -> MetricIdentity:
    pairs = []
    for part in filter(str.strip, dimensions.split(";")):
        key, sign, value = part.partition("=")
        if not sign:
            message = f"dimensions are written Name=Value;Name=Value, which {part!r} is not"
            raise ValueError(message)
        pairs.append((key.strip(), value.strip()))
    return MetricIdentity(namespace, name, tuple(sorted(pairs)))
