"""Say in words what definitions say in symbols, for the generated pages."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from watchkeeper.definitions.alarm import (
    AlarmDefinition,
    AnyOf,
    Expression,
    Statistic,
    TreatMissingData,
)
from watchkeeper.definitions.metric import MetricDefinition, MetricSeries, Unit

# Every series of the suite carries it; in a page about one environment it says nothing.
IMPLIED_DIMENSION = "Environment"
IDENTIFIER = re.compile(r"\b[a-z][A-Za-z0-9_]*\b")
OVER_ALL = re.compile(r"(SUM|MAX|MIN|AVG)\(\[([^\[\]]*)\]\)")
# The shape that `conditions.percent` gives a rate.
RATE = re.compile(
    r"IF\(FILL\((?P<whole>\w+), 0\) >= (?P<minimum>[\d.]+), "
    r"100 \* (?P<part>\w+) / (?P=whole), \d+\)"
)
# A gap that counts as 0: how it is computed, not what is held against the threshold.
FILLED = re.compile(r"FILL\((?P<inside>.+), 0\)")
UNITS = {Unit.MILLISECONDS: " ms", Unit.SECONDS: " s", Unit.BYTES: " bytes", Unit.PERCENT: " %"}
FUNCTIONS = {"SUM": "total of", "MAX": "highest of", "MIN": "lowest of", "AVG": "mean of"}
STATISTICS = {
    "Sum": "sum of",
    "Average": "average of",
    "Minimum": "minimum of",
    "Maximum": "maximum of",
    "SampleCount": "number of datapoints of",
}
MISSING = {
    TreatMissingData.BREACHING: "counts as breaching",
    TreatMissingData.NOT_BREACHING: "counts as fine",
    TreatMissingData.IGNORE: "keeps its state",
    TreatMissingData.MISSING: "says nothing",
}


def fires_when(alarm: AlarmDefinition) -> str:
    """Say when an alarm fires."""
    if isinstance(alarm.condition, AnyOf):
        return "any of " + ", ".join(f"`{child}`" for child in alarm.condition.alarms)
    held = alarm.condition
    limit = f"{held.value:g}{unit_of(held.watches)}"
    return f"{watched_in_words(held.watches)} {held.comparison.sign} {limit}"


def window(alarm: AlarmDefinition) -> str:
    """Say over which periods an alarm looks; a composite follows its children at once."""
    return "at once" if isinstance(alarm.condition, AnyOf) else str(alarm.condition.window)


def missing_data(alarm: AlarmDefinition) -> str:
    """Say what missing data means to an alarm."""
    if isinstance(alarm.condition, AnyOf):
        return "as its children"
    return MISSING[alarm.condition.treat_missing_data]


def watched_in_words(watched: Statistic | Expression) -> str:
    """Say what is held against the threshold."""
    watched = _unfilled(watched)
    if isinstance(watched, Statistic):
        return _statistic(watched)
    texts = {name: series_in_words(each.series) for name, each in watched.metrics.items()}
    whole = OVER_ALL.fullmatch(watched.text)
    if whole and set(IDENTIFIER.findall(whole[2])) == set(watched.steps or watched.metrics):
        function = FUNCTIONS[whole[1]]
        if not watched.steps:
            return f"{function} {_several(list(watched.metrics.values()))}"
        return f"{function} " + ", ".join(_formula(each, texts) for each in watched.steps.values())
    for name, text in watched.steps.items():
        texts[name] = f"({_replaced(text, texts)})"
    return _formula(watched.text, texts)


def unit_of(watched: Statistic | Expression) -> str:
    """Give the unit of a threshold as it is written after a number; empty for plain counts."""
    watched = _unfilled(watched)
    if isinstance(watched, Expression):
        return " %" if watched.is_rate else ""
    if watched.statistic == "SampleCount":
        return ""
    return UNITS.get(watched.series.metric.unit, "")


def _unfilled(watched: Statistic | Expression) -> Statistic | Expression:
    if isinstance(watched, Statistic):
        return watched
    found = FILLED.fullmatch(watched.text)
    if found is None:
        return watched
    inside = found["inside"]
    return watched.metrics.get(inside) or replace(watched, text=inside)


def _formula(text: str, texts: Mapping[str, str]) -> str:
    rate = RATE.fullmatch(text)
    if rate:
        return f"`{texts[rate['part']]}` in % of `{texts[rate['whole']]}` (≥ {rate['minimum']})"
    return f"`{_replaced(text, texts)}`"


def _statistic(statistic: Statistic) -> str:
    name = STATISTICS.get(statistic.statistic, f"{statistic.statistic} of")
    return f"{name} `{series_in_words(statistic.series)}`"


def series_in_words(series: MetricSeries) -> str:
    """Show a series as `Name{dimension values}`, without what is the same everywhere."""
    values = ", ".join(value for name, value in series.dimensions if name != IMPLIED_DIMENSION)
    return f"{series.metric.name}{{{values}}}" if values else series.metric.name


def _several(statistics: Sequence[Statistic]) -> str:
    """Gather what differs in one dimension's value only."""
    by_metric: dict[tuple[MetricDefinition, str], list[str]] = {}
    for each in statistics:
        values = [v for name, v in each.series.dimensions if name != IMPLIED_DIMENSION]
        by_metric.setdefault((each.series.metric, each.statistic), []).append(", ".join(values))
    return " and ".join(
        f"`{metric.name}{{{' | '.join(values)}}}`" if any(values) else f"`{metric.name}`"
        for (metric, _), values in by_metric.items()
    )


def _replaced(text: str, texts: Mapping[str, str]) -> str:
    return IDENTIFIER.sub(lambda found: texts.get(found[0], found[0]), text)
