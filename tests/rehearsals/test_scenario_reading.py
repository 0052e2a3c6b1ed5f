"""A scenario file with mistakes is refused with all of them, each on its line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rehearsal.runner.library import InvalidScenariosError, find_scenarios, read_scenarios
from rehearsal.scenario.errors import ScenarioError
from rehearsal.scenario.notation import Row, fill, format_duration, parse_duration
from rehearsal.scenario.reading import read_scenario
from rehearsal.scenario.surroundings import Surroundings
from rehearsal.world.profile import PROFILES

HEAD = """title = "A test"
story = "Nothing happens."
runbook = "storytailor-health-check"
workload = "storytailor"
starts = 2026-03-10T14:00:00Z
lasts = "1h"
"""
QUIET = """
[[quiet]]
alarm = "storytailor-database-down"
because = "nothing is wrong"
"""
GOOD = HEAD + QUIET

# What is added to a good file of ten lines, the line of the mistake, words of its sentence.
MISTAKES = [
    ("[[insert]]\ntable = 'email_log'\nrows = 1", 12, "expected email_delivery_log perhaps"),
    ("[[insert]]\ntable = 'email_delivery_log'", 11, "[[insert]] lacks rows"),
    ("[[insert]]\ntable = 'email_delivery_log'\nrows = '1y5'", 13, "'1y5' is no part of a series"),
    ("[[insert]]\ntable = 'email_delivery_log'\nrows = '0.5'", 13, "0.5 rows in a minute"),
    ("[[insert]]\ntable = 'email_delivery_log'\nrows = 1\nvalues = { typ = 'x' }", 14, "'typ'"),
    (
        "[[insert]]\ntable = 'email_delivery_log'\nrows = 1\n[insert.values]\nemail_typ = 'x'",
        15,
        "email_type perhaps",
    ),
    (
        "[[insert]]\ntable = 'email_delivery_log'\nrows = 1\nvalues = { sent_at = '{now}' }",
        14,
        "expected {at}, {minute}",
    ),
    ("[[insert]]\ntable = 'email_delivery_log'\nrows = 1\nat = '2h'", 11, "after the end"),
    ("[[update]]\ntable = 'email_delivery_log'\nrows = 1\nset = {}", 11, "set is empty"),
    ("[[expect]]\nalarm = 'storytailor-data-down'\nfires = ['1m', '2m']", 12, "database-down per"),
    ("[[expect]]\nalarm = 'storytailor-curator-errors'\nfires = ['5m', '2m']", 11, "in order"),
    ("[[expect]]\nalarm = 'storytailor-curator-errors'\nfires = ['5m', '2h']", 11, "longer lasts"),
    ("[[expect]]\nalarm = 'storytailor-curator-errors'\nfires = ['5m', 6]", 13, "a duration"),
    (
        "[[expect]]\nalarm = 'storytailor-database-down'\nfires = ['1m', '2m']",
        8,
        "to fire and to stay quiet",
    ),
    (
        "[[expect]]\nalarm = 'storytailor-curator-errors'\nfires = ['1m', '2m']\nreaches = ['P5']",
        14,
        "'P5'",
    ),
    ("[[endpoint]]\nfunction = 'curator'\nanswers = 'error'", 12, "storytailor-intelligence-cur"),
    (
        "[[endpoint]]\nfunction = 'storytailor-intelligence-curator-{environment}'\n"
        "answers = 'sick'",
        13,
        "found 'sick', expected 'error'",
    ),
    (
        "[[endpoint]]\nfunction = 'storytailor-intelligence-curator-{stage}'\nanswers = 'error'",
        12,
        "{stage} is unknown",
    ),
    ("[[database]]\nis = 'slow'", 11, "expected seconds"),
    ("[[database]]\nis = 'down'\nfrom = '5m'\nto = '5m'", 11, "expected later than from"),
    ("[[rule]]\nname = 'daily'\nstate = 'DISABLED'", 12, "'daily' is unknown"),
    ("[[parameter]]\nname = '/x'\nvalue = 'y'", 12, "'/x' is unknown"),
    ("[[suite]]\nfunction = 'pipelines'\nis = 'stopped'", 12, "expected pipeline_metrics perhaps"),
    ("[[suite]]\nfunction = 'pipeline_metrics'\nis = 'late-logs'", 11, "expected a delay"),
    (
        "[[aws]]\nnamespace = 'AWS/Lambda'\nmetric = 'Error'\nvalues = 1\n"
        "dimensions = { FunctionName = 'storytailor-intelligence-curator-production' }",
        13,
        "Errors{FunctionName=storytailor-intelligence-curator-production} perhaps",
    ),
    ("[[habit]]\ntable = 'email_delivery_log'\nrows = 1", 11, "[[habit]] lacks days"),
    (
        "[[habit]]\ntable = 'email_delivery_log'\nrows = 1\ndays = 7\ncounted_by = ['unsubscribe']",
        15,
        "expected unsubscribe_spike perhaps",
    ),
    (
        "[[told]]\nfunction = 'unsubscribe_spike'\nsettings = { switch_topics = 'x' }",
        13,
        "unsubscribe_spike is told no 'switch_topics', expected switch_topic perhaps",
    ),
    ("[[message]]\nbetween = ['1m', '2m']\nreaches = ['P9']", 13, "'P9'"),
    ("[[message]]\nbetween = ['3m', '2m']\nreaches = ['P1']", 11, "the earlier moment first"),
    ("[[message]]\nbetween = ['3m', '2h']\nreaches = ['P1']", 11, "longer lasts"),
    (
        "[[written]]\nbetween = ['1m', '2m']\nparameter = '/x'\nvalue = 'false'",
        13,
        "'/x' is unknown",
    ),
    ("[[qiuet]]\nalarm = 'x'", 11, "expected quiet perhaps"),
    ("[[quiet]\nalarm = 'x'", 11, "this is no TOML"),
]


def read(tmp_path: Path, surroundings: Surroundings, text: str) -> None:
    """Read a file of this text."""
    file = tmp_path / "test.toml"
    file.write_text(text, encoding="utf-8")
    read_scenario(file, surroundings, PROFILES)


def test_a_good_file_is_read(tmp_path: Path, surroundings: Surroundings) -> None:
    read(tmp_path, surroundings, GOOD)


@pytest.mark.parametrize(("more", "line", "words"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_was_expected(
    tmp_path: Path, surroundings: Surroundings, more: str, line: int, words: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, surroundings, f"{GOOD}{more}\n")
    [mistake] = caught.value.mistakes
    assert words in mistake.sentence
    assert mistake.line == line


def test_all_mistakes_of_a_file_are_told_at_once(
    tmp_path: Path, surroundings: Surroundings
) -> None:
    text = GOOD.replace('"1h"', '"an hour"').replace("database-down", "data-down")
    more = "[[insert]]\ntable = 'emails'\nrows = '1'\n\n[[rule]]\nname = 'x'\nstate = 'ON'\n"
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, surroundings, text + more)
    assert [each.line for each in caught.value.mistakes] == [6, 9, 12, 16, 17]


def test_the_mistakes_of_all_files_are_told_at_once(
    tmp_path: Path, surroundings: Surroundings
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(HEAD, encoding="utf-8")
    with pytest.raises(InvalidScenariosError) as caught:
        read_scenarios(find_scenarios(tmp_path), surroundings)
    assert "one.toml:1: the scenario: expects nothing" in str(caught.value)
    assert "two.toml:1: the scenario: expects nothing" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"), [("0m", 0), ("90s", 90), ("1h30m", 5400), ("2d", 172_800)]
)
def test_a_duration_is_read_and_written_alike(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "5", "1.5h", "5 m", "-5m"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        parse_duration(text)


def test_a_row_is_filled_in() -> None:
    at = datetime(2026, 3, 10, 14, 0, 30, tzinfo=UTC)
    row = Row(at=at, minute=at.replace(second=0), number=3)
    values = {
        "at": "{at}",
        "earlier": "{minute - 1h}",
        "number": "{n}",
        "text": "row {n} at {at + 1s}",
        "turn": ["a", "b"],
        "json": {"event_timestamp": "{at - 2s}"},
        "same": 5,
    }
    assert fill(values, row) == {
        "at": at,
        "earlier": datetime(2026, 3, 10, 13, 0, tzinfo=UTC),
        "number": 3,
        "text": "row 3 at 2026-03-10T14:00:31.000Z",
        "turn": "b",
        "json": {"event_timestamp": "2026-03-10T14:00:28.000Z"},
        "same": 5,
    }
