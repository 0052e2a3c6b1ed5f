"""What is emitted, what is alarmed and what is plotted is the same series, or nobody is told.

CloudWatch tells series apart by namespace, name and exact set of dimensions: one dimension more,
and an alarm waits for ever for a datapoint. Alarms and dashboards are read from the real templates,
what is emitted from the real lines that the functions print.
"""

import ast
import dataclasses
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.assembly import Assembly
from infra.places import ENVIRONMENTS, ROOT
from tests.infrastructure.templates import (
    alarms,
    dashboards,
    series_of_alarm,
    series_of_dashboard,
)
from watchkeeper.collection import (
    deadlines,
    emails,
    pipelines,
    unsubscribe_anomaly,
    unsubscribe_switch,
    unsubscribes,
)
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.metric import MetricDefinition, MetricSeries
from watchkeeper.emission.emf import emit
from watchkeeper.environment.loader import load_environment
from watchkeeper.runtime.settings import (
    EmailMetricsSettings,
    PipelineMetricsSettings,
    Settings,
    UnsubscribeSpikeSettings,
)
from watchkeeper.workloads.registry import workloads

Identity = tuple[str, str, frozenset[tuple[str, str]]]
Declared = Mapping[tuple[str, str], MetricDefinition]
NAMES = ("local", "production", "staging")
MOMENT = datetime(2026, 1, 31, 20, 0, tzinfo=UTC)
# In parts, because a test forbids the whole name in every file.
SERVICE_VARIABLE = "POWERTOOLS_SERVICE" + "_NAME"
# Where a metric's name or namespace may be spelled out.
DECLARING = ("metrics.py", "aws_metrics.py", "engine_metrics.py", "log_metrics.py")
SPELLING = ("layers/watchkeeper/python", "infra", "functions")


def used(assembly: Assembly) -> set[Identity]:
    """Give the identity of every series of ours that an alarm watches or a dashboard plots."""
    watched = (each for alarm in alarms(assembly).values() for each in series_of_alarm(alarm))
    plotted = (each for body in dashboards(assembly).values() for each in series_of_dashboard(body))
    others = filtered()
    return {
        each
        for each in (*watched, *plotted)
        if not each[0].startswith("AWS/") and each[:2] not in others
    }


def filtered() -> set[tuple[str, str]]:
    """Give the metrics that filters make of somebody else's logs: without dimensions."""
    return {
        (each.metric.namespace, each.metric.name)
        for environment in NAMES
        for workload in workloads(load_environment(environment, ENVIRONMENTS))
        for each in workload.log_metrics
    }


def declared(environment: str) -> Declared:
    """Give the metrics that the suite emits, by namespace and name."""
    return {
        (metric.namespace, metric.name): metric
        for workload in workloads(load_environment(environment, ENVIRONMENTS))
        for metric in workload.metrics
    }


def as_series(
    identity: Identity, metrics: Mapping[tuple[str, str], MetricDefinition]
) -> MetricSeries:
    """Return the series of a definition that a template speaks of; raise when there is none."""
    namespace, name, dimensions = identity
    return metrics[namespace, name].series(**dict(dimensions))


def emitted(series: MetricSeries) -> set[Identity]:
    """Emit a datapoint as a function does, and read back what CloudWatch would make of it."""
    stream = io.StringIO()
    emit([Datapoint(series=series, values=(1.0,), timestamp=MOMENT)], stream)
    return {found for line in stream.getvalue().splitlines() for found in read_line(line)}


def read_line(line: str) -> Iterator[Identity]:
    """Yield the identity of every series in one line of embedded metric format."""
    document = json.loads(line)
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            pairs = frozenset((name, document[name]) for name in names)
            for metric in directive["Metrics"]:
                assert metric["Name"] in document
                yield directive["Namespace"], metric["Name"], pairs


@pytest.mark.parametrize("environment", NAMES)
def test_every_series_alarmed_or_plotted_is_one_that_is_emitted(
    assemblies: Mapping[str, Assembly], environment: str
) -> None:
    metrics = declared(environment)
    identities = used(assemblies[environment])
    assert len(identities) > 50
    for identity in identities:
        series = as_series(identity, metrics)
        assert series.identity == identity
        assert emitted(series) == {identity}


@pytest.mark.parametrize("environment", NAMES)
def test_every_metric_that_is_emitted_is_alarmed_or_plotted(
    assemblies: Mapping[str, Assembly], environment: str
) -> None:
    seen = {(namespace, name) for namespace, name, _ in used(assemblies[environment])}
    assert seen == set(declared(environment))


@pytest.mark.parametrize("environment", NAMES)
def test_a_series_of_one_environment_is_never_that_of_another(
    assemblies: Mapping[str, Assembly], environment: str
) -> None:
    for _, _, dimensions in used(assemblies[environment]):
        assert dict(dimensions)["Environment"] == environment


def test_a_service_dimension_that_sneaks_in_makes_another_series(
    monkeypatch: pytest.MonkeyPatch, assemblies: Mapping[str, Assembly]
) -> None:
    """Powertools adds it by itself when this variable is set; that is why it never may be."""
    identity = min(used(assemblies["production"]), key=str)
    series = as_series(identity, declared("production"))
    assert emitted(series) == {identity}
    monkeypatch.setenv(SERVICE_VARIABLE, "watchkeeper")
    namespace, name, dimensions = identity
    assert emitted(series) == {(namespace, name, dimensions | {("service", "watchkeeper")})}


def test_a_function_may_touch_the_ledgers_it_keeps_and_no_others() -> None:
    assert ledgers_by_default(PipelineMetricsSettings) == (pipelines.LEDGER, deadlines.LEDGER)
    assert ledgers_by_default(UnsubscribeSpikeSettings) == (
        unsubscribes.EMAILS_LEDGER,
        unsubscribes.UNSUBSCRIBES_LEDGER,
        unsubscribe_anomaly.ANOMALY_LEDGER,
        unsubscribe_switch.SWITCH_LEDGER,
    )
    assert ledgers_by_default(EmailMetricsSettings) == (
        emails.STEPS_LEDGER,
        emails.COMPLAINTS_LEDGER,
        emails.MINUTES_LEDGER,
    )


def ledgers_by_default(settings: type[Settings]) -> object:
    return {field.name: field.default for field in dataclasses.fields(settings)}["ledgers"]


def spelled_out(names: set[str]) -> Iterator[str]:
    """Yield where one of the names is written as a text outside the modules that declare it."""
    for folder in SPELLING:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name in DECLARING or path.name.startswith("metrics_"):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and node.value in names:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}: {node.value!r}"


def test_no_metric_is_named_twice() -> None:
    read = {
        series.metric
        for workload in workloads(load_environment("production", ENVIRONMENTS))
        for series in workload.read_series
    }
    names = {metric.name for metric in read} | {metric.namespace for metric in read}
    assert {"PipelineVetoes", "Storytailor/Email", "AWS/Lambda", "RunSucceeded"} <= names
    assert list(spelled_out(names)) == []


def test_a_name_spelled_out_elsewhere_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "odd.py").write_text('"""Odd."""\nNAME = "PipelineVetoes"\n')
    (tmp_path / "infra" / "metrics.py").write_text('NAME = "PipelineVetoes"\n')
    monkeypatch.setattr("tests.contract.test_identity.ROOT", tmp_path)
    assert list(spelled_out({"PipelineVetoes"})) == ["infra/odd.py:2: 'PipelineVetoes'"]
