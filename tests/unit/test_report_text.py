"""How a report is laid out as text, whatever stands in its cells."""

import xml.dom.minidom
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.reports.html_mail import to_html
from watchkeeper.reports.model import Bar, Column, Report, Section, Table
from watchkeeper.reports.plain_text import WIDTH, to_text

LONG = "storytailor-an-alarm-with-a-name-that-is-longer-than-any-column-of-a-mail-could-be"


def report(*sections: Section) -> Report:
    """Make a report of one day."""
    return Report(
        kind="daily",
        title="Daily summary",
        environment="test",
        day=date(2026, 3, 2),
        since=datetime(2026, 3, 1, tzinfo=UTC),
        until=datetime(2026, 3, 2, tzinfo=UTC),
        sections=sections,
        guide="https://example.com",
    )


def table(name: str, kind: str) -> Section:
    """Make a section with a table of words, a number and a bar."""
    columns = (
        Column(heading="Name", is_words=True),
        Column(heading="Kind", is_words=True),
        Column(heading="Count"),
        Column(heading="", is_words=True),
    )
    row = (name, kind, "12,345", Bar(fraction=0.5))
    return Section(title="S", tables=(Table(title="T", columns=columns, rows=(row,)),))


def test_a_cell_that_is_too_long_goes_on_below_and_loses_nothing() -> None:
    lines = to_text(report(table(LONG, "short"))).splitlines()
    assert max(map(len, lines)) <= WIDTH
    begin = lines.index("T:") + 2
    assert "".join(line[2:].split("  ")[0].strip() for line in lines[begin : begin + 2]) == LONG


@given(st.text(max_size=120), st.text(max_size=120))
def test_no_text_breaks_the_layout_of_either_form(name: str, kind: str) -> None:
    made = report(table(name, kind))
    lines = to_text(made).split("\n")
    assert max(map(len, lines)) <= WIDTH
    assert all(line.isprintable() for line in lines)
    xml.dom.minidom.parseString(to_html(made).removeprefix("<!DOCTYPE html>"))


def test_a_report_without_a_target_says_so() -> None:
    made = report(Section(title="S"))
    assert made.headline == "no target could be judged"
    assert "No target could be judged." in to_text(made)
    assert "No target could be judged." in to_html(made)


def test_a_table_without_rows_says_none() -> None:
    empty = Table(title="T", columns=(Column(heading="A"),), rows=())
    made = report(Section(title="S", tables=(empty,)))
    assert "T:\n  none" in to_text(made)
    assert ">none<" in to_html(made)
