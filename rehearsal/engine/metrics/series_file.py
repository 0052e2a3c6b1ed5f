"""Read metrics that somebody brings in a file: CSV or JSON.

CSV has a header and a row for each datapoint. The columns `time`, `namespace` and `metric` are
required, and in every row either `value` or the statistic set of `sample_count`, `sum`, `minimum`
and `maximum`. `dimensions` (`Name=Value;Name=Value`), `unit`, `resolution` (60 or 1) and `arrives`
(when the datapoint became visible; without it at its time) may be added.

JSON is `{"start": …, "step_seconds": 60, "series": [{"namespace": …, "metric": …, "dimensions":
{…}, "unit": …, "values": "0x10 25x3 _x2"}, …]}`. `values` are in the notation of `notation.py`,
or a list of numbers and nulls. A series may have its own `start` and `step_seconds`, a
`resolution`, and arrive late by `arrives_after_seconds`.

Times are ISO 8601 with their zone, or seconds since 1970.
"""

from rehearsal.engine.metrics.mistakes import SeriesFileError
from rehearsal.engine.metrics.samples import Points, Sample
from rehearsal.engine.metrics.series_csv import read_csv
from rehearsal.engine.metrics.series_json import read_json


def read_series(text: str, name: str = "series") -> list[Sample | Points]:
    """Return what a file says, ready for `MetricStore.add`, or raise SeriesFileError.

    A text that begins with a brace is JSON, any other is CSV; `name` is how mistakes call it.
    """
    read = read_json if text.lstrip("\ufeff \t\r\n").startswith("{") else read_csv
    samples, mistakes = read(text.removeprefix("\ufeff"))
    if mistakes:
        raise SeriesFileError(name, mistakes)
    return samples
