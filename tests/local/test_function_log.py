"""What `make up` shows is read from logs: runs, metrics, refusals and failures."""

import io
import json
from collections.abc import Mapping

import pytest
from rich.console import Console as Terminal

from rehearsal.local.console import Console, summarise
from rehearsal.local.function_log import FunctionRun, RunReader, parse_emf


def emf(namespace: str, values: Mapping[str, object], **dimensions: str) -> str:
    return json.dumps(
        {
            "_aws": {
                "Timestamp": 1_767_225_600_000,
                "CloudWatchMetrics": [
                    {
                        "Namespace": namespace,
                        "Dimensions": [["Environment", *dimensions]],
                        "Metrics": [{"Name": name, "Unit": "Count"} for name in values],
                    }
                ],
            },
            "Environment": "local",
            **dimensions,
            **values,
        }
    )


def event(message: str, stream: str = "one") -> dict[str, str]:
    return {"logStreamName": stream, "message": f"{message}\n"}


SUCCEEDED = emf("Watchkeeper/Runs", {"RunSucceeded": [1.0]}, Function="health_check")


def test_runs_of_two_streams_that_interleave_are_told_apart() -> None:
    events = [
        event("START RequestId: a Version: $LATEST"),
        event("START RequestId: b Version: $LATEST", "two"),
        event("from b", "two"),
        event("from a"),
        event("REPORT RequestId: b\tDuration: 12.5 ms\tBilled", "two"),
        event("REPORT RequestId: a\tDuration: 7 ms\tBilled"),
    ]
    runs = list(RunReader("f").read(events))
    assert [(run.request_id, run.lines, run.duration_milliseconds) for run in runs] == [
        ("b", ["from b"], 12.5),
        ("a", ["from a"], 7.0),
    ]


def test_a_run_is_not_shown_before_it_has_ended_and_shown_whole_once_it_has() -> None:
    reader = RunReader("f")
    assert list(reader.read([event("START RequestId: a Version: 1"), event("early")])) == []
    (run,) = reader.read([event("late"), event("REPORT RequestId: a\tDuration: 1 ms")])
    assert run.lines == ["early", "late"]


@pytest.mark.parametrize(
    "line",
    ["plain text", "{broken", '{"level":"INFO"}', "[1, 2]", ""],
    ids=["text", "broken JSON", "JSON without metrics", "a list", "nothing"],
)
def test_a_line_that_is_no_metric_yields_none(line: str) -> None:
    assert list(parse_emf(line)) == []


def test_a_metric_line_yields_identity_time_and_every_value() -> None:
    (metric,) = parse_emf(emf("N", {"M": [1, 2.5]}, Check="database"))
    assert metric.identity == (
        "N",
        "M",
        frozenset({("Environment", "local"), ("Check", "database")}),
    )
    assert (metric.values, metric.timestamp) == ((1, 2.5), 1_767_225_600_000)
    assert metric.labels == {"Check": "database"}


@pytest.mark.parametrize(
    ("lines", "failed"),
    [
        ([SUCCEEDED], False),
        ([emf("Watchkeeper/Runs", {"RunSucceeded": [0.0]}, Function="f")], True),
        ([SUCCEEDED, "Traceback (most recent call last):"], True),
        ([SUCCEEDED, "2026 Task timed out after 60.00 seconds"], True),
        ([], True),
    ],
    ids=["succeeded", "said it failed", "traceback", "timed out", "said nothing"],
)
def test_a_run_has_failed_unless_it_says_it_succeeded(lines: list[str], *, failed: bool) -> None:
    assert FunctionRun(function="f", request_id="a", lines=lines).failed is failed


@pytest.mark.parametrize(
    ("line", "denied"),
    [
        ("An error occurred (AccessDeniedException) when calling GetParameter", True),
        ("User: x is not authorized to perform: s3:PutObject", True),
        ("ResourceNotFoundException: no such thing", False),
    ],
)
def test_a_refused_call_is_seen_whatever_the_run_says_of_itself(line: str, *, denied: bool) -> None:
    run = FunctionRun(function="f", request_id="a", lines=[SUCCEEDED, line])
    assert bool(run.denied) is denied


def test_counters_are_added_up_largest_first_and_zeros_are_counted_not_listed() -> None:
    metrics = [
        metric
        for line in (
            emf("Storytailor/Pipelines", {"PipelineExecutions": [2.0]}, PipelineType="a"),
            emf("Storytailor/Pipelines", {"PipelineExecutions": [5.0]}, PipelineType="b"),
            emf("Storytailor/Pipelines", {"PipelineExecutions": [1.0]}, PipelineType="a"),
            emf("Storytailor/Pipelines", {"PipelineFailures": [0.0]}, PipelineType="a"),
        )
        for metric in parse_emf(line)
    ]
    assert summarise(metrics) == [
        "Storytailor/Pipelines",
        "  PipelineExecutions         b 5 · a 3",
        "  PipelineFailures           0 in all 1 series",
    ]


def test_a_refused_call_is_printed_under_its_run() -> None:
    out = io.StringIO()
    console = Console(Terminal(file=out, width=200))
    refusal = "not authorized to perform: kms:Encrypt"
    console.run(FunctionRun(function="f", request_id="a", lines=[SUCCEEDED, refusal]), "role-of-f")
    text = out.getvalue()
    assert [word for word in ("✗", "role-of-f", refusal) if word not in text] == []
