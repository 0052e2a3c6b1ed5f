"""What a template cannot tell: metrics, emitters, runbooks, objectives, routes, a budget.

A part that is left out is unknown, and rules that need it say so; a part that is given empty is
known to be empty.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.lint.errors import LintError
from rehearsal.lint.markdown import list_anchors
from rehearsal.lint.prices import PRICES

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Seconds = Annotated[int, Field(gt=0)]


class Fact(BaseModel):
    """Be a part of the facts: frozen, and without keys that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MetricFact(Fact):
    """Describe one metric; `cadence_seconds` is the longest gap between datapoints of a series.

    `values` lists the values of a dimension where they are known. `sparse` means that a series has
    a datapoint only when something happened. `series` counts the series it has, for their price.
    `emitter` is the name of what sends it; empty for metrics of AWS itself. A metric may have
    several facts, for instance one for each emitter, told apart by `values`.
    """

    namespace: Text
    name: Text
    dimension_sets: tuple[tuple[Text, ...], ...] = ((),)
    unit: Text | None = None
    cadence_seconds: Seconds | None = None
    sparse: bool = False
    emitter: str = ""
    values: Mapping[str, tuple[Text, ...]] = {}
    series: int | None = Field(default=None, ge=0)

    def describes(self, metric: MetricIdentity) -> bool:
        """Tell whether a series has a set of dimensions and values of this fact."""
        dimensions = dict(metric.dimensions)
        return set(dimensions) in map(set, self.dimension_sets) and all(
            value in self.values.get(name, (value,)) for name, value in dimensions.items()
        )


class EmitterFact(Fact):
    """Name something that sends metrics, and the alarm that tells its silence."""

    name: Text
    heartbeat_alarm: str = ""


class RunbookFact(Fact):
    """Name a page of runbooks and its anchors, or the Markdown file it is made of."""

    page: Text
    anchors: tuple[Text, ...] = ()
    file: str = ""


class BurnRateFact(Fact):
    """Name an alarm on the burning of an error budget, and what its threshold measures."""

    alarm: Text
    measures: Literal["burn-rate", "fraction", "percent"]


class ObjectiveFact(Fact):
    """Name a service level objective: a fraction such as 0.999."""

    name: Text
    objective: float = Field(gt=0, lt=1)
    alarms: tuple[BurnRateFact, ...] = ()


class TopicFact(Fact):
    """Name a topic that lives elsewhere and whom it reaches."""

    arn: Text
    reaches: Text


class CostFact(Fact):
    """Limit the monthly cost in USD, and say what cannot be read from a template.

    `run_seconds` is the usual duration of a function by its name; without it the timeout counts.
    `run_log_kilobytes` is what a run usually logs. `usage` adds units a month, by the names of
    prices: of storage and requests no template says how many.
    """

    budget_usd: float = Field(gt=0)
    run_seconds: Mapping[str, float] = {}
    run_log_kilobytes: float = Field(default=0, ge=0)
    usage: Mapping[str, Annotated[float, Field(ge=0)]] = {}

    @field_validator("usage")
    @classmethod
    def _refuse_unknown_prices(cls, usage: Mapping[str, float]) -> Mapping[str, float]:
        unknown = sorted(set(usage) - set(PRICES))
        if unknown:
            message = f"no price is known of {unknown[0]!r}, expected one of {', '.join(PRICES)}"
            raise ValueError(message)
        return usage


class ExceptionFact(Fact):
    """Allow what a rule finds; `where` is an alarm's name, a logical id or `stack/logical id`."""

    rule: Text
    where: Text
    reason: Text


class Facts(Fact):
    """Hold all that is known besides the templates; None is unknown, empty is none."""

    metrics: tuple[MetricFact, ...] | None = None
    emitters: tuple[EmitterFact, ...] | None = None
    runbooks: tuple[RunbookFact, ...] | None = None
    objectives: tuple[ObjectiveFact, ...] | None = None
    routes: Mapping[str, tuple[Text, ...]] | None = None
    topics: tuple[TopicFact, ...] = ()
    cost: CostFact | None = None
    exceptions: tuple[ExceptionFact, ...] = ()

    def find_metric(self, metric: MetricIdentity) -> MetricFact | None:
        """Return what is known of a metric: of several facts, the one its dimensions belong to."""
        same = self.list_metric(metric)
        return next((fact for fact in same if fact.describes(metric)), next(iter(same), None))

    def list_metric(self, metric: MetricIdentity) -> tuple[MetricFact, ...]:
        """List every fact about a namespace and name."""
        return tuple(
            fact
            for fact in self.metrics or ()
            if (fact.namespace, fact.name) == (metric.namespace, metric.name)
        )


def read_facts(path: Path) -> Facts:
    """Read a facts file; runbook files are looked up beside it."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LintError(f"{path}: cannot be read as TOML: {error}") from error
    try:
        facts = Facts.model_validate(document)
    except ValidationError as error:
        raise LintError("\n".join(_sentences(path, error))) from error
    if not facts.runbooks:
        return facts
    pages = tuple(_with_anchors(path, runbook) for runbook in facts.runbooks)
    return facts.model_copy(update={"runbooks": pages})


def _sentences(path: Path, error: ValidationError) -> list[str]:
    sentences = []
    for found in error.errors(include_url=False):
        key = ".".join(str(part) for part in found["loc"]) or "the file"
        sentences.append(f"{path}: {key}: {found['msg'].lower()}, found {found['input']!r}")
    return sentences


def _with_anchors(path: Path, runbook: RunbookFact) -> RunbookFact:
    if not runbook.file:
        return runbook
    file = path.parent / runbook.file
    try:
        anchors = list_anchors(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise LintError(f"{path}: runbook file {file} cannot be read: {error}") from error
    return runbook.model_copy(update={"anchors": (*runbook.anchors, *anchors)})
