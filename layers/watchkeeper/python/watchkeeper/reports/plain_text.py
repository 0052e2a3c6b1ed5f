"""Write a report as plain text that reads well alone: aligned, at most 78 columns."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from watchkeeper.reports.model import Bar, Cell, Column, Report, Section, Table
from watchkeeper.reports.wording import (
    FIGURE_COLUMNS,
    figure_row,
    headline_sentence,
    period_words,
    printable,
)

WIDTH = 78
BAR_WIDTH = 10
GAP = "  "
EIGHTHS = " ▏▎▍▌▋▊▉█"
SHORTEST_WORDS = 8


def to_text(report: Report) -> str:
    """Return the whole report."""
    title = f"{report.title.upper()}: STORYTAILOR {report.environment.upper()}"
    lines = [title, period_words(report), "", *_headline(report)]
    for section in report.sections:
        lines += ["", "", section.title.upper(), "-" * len(section.title), *_section(section)]
    lines += ["", "", *_wrapped(f"What each figure means: {report.guide}")]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _headline(report: Report) -> Iterator[str]:
    yield from _wrapped(headline_sentence(report))
    for figure in report.missed:
        yield from _wrapped(figure.sentence, bullet="  ! ")
    for section in report.unavailable:
        yield from _wrapped(f"{section.title}: {section.unavailable}", bullet="  ? ")


def _section(section: Section) -> Iterator[str]:
    if section.unavailable:
        yield from _wrapped(f"Not available: {section.unavailable}")
    if section.figures:
        yield from _table(FIGURE_COLUMNS, [figure_row(each) for each in section.figures])
    for table in section.tables:
        yield from _titled(table)
    if section.sentences:
        yield ""
    for sentence in section.sentences:
        yield from _wrapped(sentence)


def _titled(table: Table) -> Iterator[str]:
    yield ""
    yield f"{table.title}:"
    if table.rows:
        yield from _table(table.columns, table.rows)
    else:
        yield "  none"


def _table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    heads = [column.heading for column in columns]
    texts = [[_cell(cell) for cell in row] for row in rows]
    used = [
        number
        for number, head in enumerate(heads)
        if not head or any(row[number].strip() for row in texts)
    ]
    widths = _widths(columns, [heads, *texts], used)
    for row in [heads, *texts]:
        yield from _lines(columns, row, widths)


def _widths(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], used: Sequence[int]
) -> dict[int, int]:
    """Give each column the room it needs; bars go, and then words are broken, to fit the page."""
    widths = {number: max(len(row[number]) for row in rows) for number in used}
    if _total(widths) > WIDTH:
        widths = {number: width for number, width in widths.items() if columns[number].heading}
    words = [number for number in widths if columns[number].is_words]
    while _total(widths) > WIDTH and any(widths[number] > SHORTEST_WORDS for number in words):
        widths[max(words, key=lambda number: widths[number])] -= 1
    return widths


def _total(widths: Mapping[int, int]) -> int:
    return sum(widths.values()) + len(GAP) * len(widths)


def _lines(
    columns: Sequence[Column], row: Sequence[str], widths: Mapping[int, int]
) -> Iterator[str]:
    """Write one row; what is too long for its column goes on below."""
    broken = {
        number: textwrap.wrap(row[number], width, drop_whitespace=False)
        if len(row[number]) > width
        else [row[number]]
        for number, width in widths.items()
    }
    for line in range(max(len(parts) for parts in broken.values())):
        cells = []
        for number, parts in broken.items():
            text = parts[line].strip(" ") if line < len(parts) else ""
            words = columns[number].is_words
            cells.append(text.ljust(widths[number]) if words else text.rjust(widths[number]))
        yield GAP + GAP.join(cells)


def _cell(cell: Cell) -> str:
    if isinstance(cell, Bar):
        return _bar(cell)
    return " ".join(printable(cell).split())


def _bar(bar: Bar) -> str:
    eighths = round(bar.fraction * BAR_WIDTH * 8)
    full, rest = divmod(eighths, 8)
    return (EIGHTHS[-1] * full + (EIGHTHS[rest] if rest else "")).ljust(BAR_WIDTH)


def _wrapped(text: str, bullet: str = "") -> list[str]:
    clean = _cell(text)
    return textwrap.wrap(
        clean, WIDTH, initial_indent=bullet, subsequent_indent=" " * len(bullet)
    ) or [""]
