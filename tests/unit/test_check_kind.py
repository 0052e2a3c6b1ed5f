"""A kind is one file, found by name, and refuses checks that do not fit it."""

import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from watchkeeper.checks import kinds
from watchkeeper.checks.kind import (
    CheckContext,
    KindDefinition,
    Stopwatch,
    find_kind,
    known_kinds,
    passed,
    sick,
)
from watchkeeper.definitions.check import CheckDefinition
from watchkeeper.definitions.errors import CheckBrokenError

DOCS = Path(__file__).parents[2] / "docs" / "health-checks.md"
FITTING = KindDefinition(required=("url",), optional=("status",), phases=("connect",))


def check(target: Mapping[str, str], phases: tuple[str, ...] = ("connect",)) -> CheckDefinition:
    return CheckDefinition(
        name="site", kind="http", description="The site.", target=target, phases=phases
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    yield tmp_path
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(f"{kinds.__name__}.{path.stem}", None)


def test_every_kind_is_listed_and_has_its_two_parts() -> None:
    assert known_kinds() == (
        "eventbridge_rules",
        "lambda_invoke",
        "object_age",
        "postgres",
        "ssm_parameter",
    )
    for name in known_kinds():
        kind = find_kind(name)
        assert isinstance(kind.definition, KindDefinition)
        assert callable(kind.check)


def test_a_new_kind_is_one_new_file(folder: Path) -> None:
    (folder / "dice.py").write_text(
        textwrap.dedent(
            '''
            """Check a die: it shows what is expected."""

            from watchkeeper.checks.kind import KindDefinition, passed, sick

            KIND = KindDefinition(required=("shows",))


            def check(target, context):
                """Pass when the die shows a six."""
                return passed() if target["shows"] == "6" else sick("no six")
            '''
        )
    )
    assert "dice" in known_kinds()
    assert find_kind("dice").definition.required == ("shows",)


@pytest.mark.parametrize(
    ("max_count", "reason"), [("2", ""), ("1", "2 messages wait, expected at most 1")]
)
def test_the_kind_that_the_docs_show_works(folder: Path, max_count: str, reason: str) -> None:
    (source,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), flags=re.DOTALL)
    (folder / "queue_length.py").write_text(source)
    kind = find_kind("queue_length")
    with mock_aws():
        sqs = boto3.client("sqs", region_name="us-east-1")
        url = sqs.create_queue(QueueName="letters")["QueueUrl"]
        for letter in ("a", "b"):
            sqs.send_message(QueueUrl=url, MessageBody=letter)
        context = CheckContext(
            now=datetime(2026, 1, 31, tzinfo=UTC),
            timeout_seconds=4.0,
            clients=dict.fromkeys(kind.definition.services, sqs),
            stopwatch=Stopwatch(()),
        )
        assert kind.check({"url": url, "max_count": max_count}, context).reason == reason
        sqs.close()


def test_listing_kinds_imports_none(folder: Path) -> None:
    (folder / "explosive.py").write_text("raise RuntimeError('imported')")
    assert "explosive" in known_kinds()
    with pytest.raises(RuntimeError, match="imported"):
        find_kind("explosive")


@pytest.mark.parametrize("name", ["http", "runner", "kind", "__init__", "lambda_invoke.os"])
def test_an_unknown_kind_is_named_beside_the_known_ones(name: str) -> None:
    with pytest.raises(CheckBrokenError, match=r"unknown, expected one of .*postgres"):
        find_kind(name)


@pytest.mark.parametrize("target", [{"url": "x"}, {"url": "x", "status": "200"}])
def test_a_fitting_check_is_taken(target: dict[str, str]) -> None:
    FITTING.refuse_misfit(check(target))


@pytest.mark.parametrize(
    ("misfit", "sentence"),
    [
        (check({}), r"missing \['url'\], unknown \[\]"),
        (check({"url": "x", "link": "y"}), r"missing \[\], unknown \['link'\]"),
        (check({"url": "x"}, phases=()), r"phases of site are \[\], expected .*\['connect'\]"),
        (check({"url": "x"}, phases=("connect", "query")), r"phases of site are"),
    ],
)
def test_a_misfit_is_refused_with_what_was_expected(misfit: CheckDefinition, sentence: str) -> None:
    with pytest.raises(CheckBrokenError, match=sentence):
        FITTING.refuse_misfit(misfit)


def test_a_result_has_passed_when_it_has_no_reason() -> None:
    assert passed(version="7").has_passed
    assert not sick("gone").has_passed
    assert not sick("").has_passed
    assert passed(version="7").details == {"version": "7"}


def test_phases_are_timed_also_when_they_fail_or_still_run() -> None:
    stopwatch = Stopwatch(("connect", "query", "never"))
    with stopwatch.phase("connect"):
        assert stopwatch.running == "connect"
    with pytest.raises(OSError, match="reset"), stopwatch.phase("query"):
        raise OSError("reset")
    assert stopwatch.running == ""
    assert set(stopwatch.seconds(until=0.0)) == {"connect", "query"}


def test_a_phase_that_still_runs_counts_up_to_the_moment_asked_about() -> None:
    stopwatch = Stopwatch(("connect",))
    with stopwatch.phase("connect"):
        assert stopwatch.seconds(until=float("inf")) == {"connect": float("inf")}


def test_a_phase_that_was_not_declared_is_a_bug_of_the_kind() -> None:
    with pytest.raises(CheckBrokenError, match="'dns'"), Stopwatch(("connect",)).phase("dns"):
        pass
