"""Write a report as HTML that mail clients show: tables, inline styles, no script, no pictures.

Built from small functions and `html.escape`, not from templates: a template library would weigh
more in the layer and at each cold start than everything here. Nothing that comes from a row, and
no sentence, reaches the page unescaped.
"""

from collections.abc import Iterable, Sequence
from html import escape

from watchkeeper.reports.model import Bar, Cell, Column, Report, Section, Table, Verdict
from watchkeeper.reports.wording import (
    FIGURE_COLUMNS,
    figure_row,
    headline_sentence,
    period_words,
    printable,
)

FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
INK, PALE, LINE, PAGE = "#1f2933", "#52606d", "#e4e7eb", "#f5f7fa"
BAR_COLOUR, BAR_WIDTH = "#4c7ef3", 120
# Background and ink; each pair has a contrast above 4.5 to 1.
COLOURS = {
    Verdict.MET: ("#e3f9e5", "#0f5132"),
    Verdict.MISSED: ("#ffe3e3", "#8a0b0b"),
    Verdict.TOO_FEW: ("#e4e7eb", "#3e4c59"),
    Verdict.NO_DATA: ("#fff3c4", "#6f4a00"),
}


def to_html(report: Report) -> str:
    """Return the whole report as one document."""
    body = "".join(
        (
            f'<h1 style="margin:0;font-size:22px;color:{INK}">{escape(report.title)}</h1>',
            _subtitle(report),
            _headline(report),
            *(_section(section) for section in report.sections),
            _guide(report),
        )
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/>'
        f"<title>{escape(report.subject)}</title></head>"
        f'<body style="margin:0;padding:0;background:{PAGE}">'
        f'<table role="presentation" width="100%" cellpadding="0" cellspacing="0" '
        f'style="background:{PAGE}"><tr><td align="center" style="padding:24px 8px">'
        '<table role="presentation" width="680" cellpadding="0" cellspacing="0" '
        f'style="max-width:680px;width:100%;background:#ffffff;border:1px solid {LINE}">'
        f'<tr><td style="padding:28px;{FONT};font-size:14px;line-height:1.45;color:{INK}">{body}'
        "</td></tr></table></td></tr></table></body></html>"
    )


def _subtitle(report: Report) -> str:
    return (
        f'<p style="margin:4px 0 16px;color:{PALE}">Storytailor {escape(report.environment)} '
        f"&#183; {escape(period_words(report))}</p>"
    )


def _guide(report: Report) -> str:
    return (
        f'<p style="margin:28px 0 0;color:{PALE};font-size:13px">'
        f'<a href="{escape(report.guide)}" style="color:{PALE}">What each figure means</a></p>'
    )


def _headline(report: Report) -> str:
    verdict = Verdict.MISSED if report.missed else Verdict.MET
    if not report.missed and (report.unavailable or not report.judged):
        verdict = Verdict.NO_DATA
    background, ink = COLOURS[verdict]
    items = [escape(figure.sentence) for figure in report.missed]
    items += [escape(f"{each.title}: {each.unavailable}") for each in report.unavailable]
    listed = "".join(f'<li style="margin:2px 0">{item}</li>' for item in items)
    return (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr>'
        f'<td style="background:{background};color:{ink};padding:12px 16px">'
        f"<strong>{escape(headline_sentence(report))}</strong>"
        + (f'<ul style="margin:6px 0 0;padding-left:20px">{listed}</ul>' if listed else "")
        + "</td></tr></table>"
    )


def _section(section: Section) -> str:
    parts = [
        f'<h2 style="margin:28px 0 8px;font-size:16px;color:{INK}">{escape(section.title)}</h2>'
    ]
    if section.unavailable:
        parts.append(_paragraph(f"Not available: {section.unavailable}"))
    if section.figures:
        rows = [figure_row(figure) for figure in section.figures]
        parts.append(_table(FIGURE_COLUMNS, rows))
    parts += [_titled(table) for table in section.tables]
    parts += [_paragraph(sentence) for sentence in section.sentences]
    return "".join(parts)


def _titled(table: Table) -> str:
    title = f'<h3 style="margin:16px 0 4px;font-size:13px;color:{PALE}">{escape(table.title)}</h3>'
    return title + (_table(table.columns, table.rows) if table.rows else _paragraph("none"))


def _paragraph(text: str) -> str:
    return f'<p style="margin:8px 0;color:{PALE};font-size:13px">{escape(text)}</p>'


def _table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> str:
    used = [
        number
        for number, column in enumerate(columns)
        if not column.heading or any(row[number] != "" for row in rows)
    ]
    head = _row("th", columns, [column.heading for column in columns], used)
    body = "".join(_row("td", columns, row, used) for row in rows)
    return (
        '<table width="100%" cellpadding="0" cellspacing="0" '
        f'style="border-collapse:collapse;font-size:13px">{head}{body}</table>'
    )


def _row(tag: str, columns: Sequence[Column], cells: Sequence[Cell], used: Iterable[int]) -> str:
    shown = "".join(_cell(tag, cells[n], is_words=columns[n].is_words) for n in used)
    return f"<tr>{shown}</tr>"


def _cell(tag: str, cell: Cell, *, is_words: bool) -> str:
    align = "left" if is_words or isinstance(cell, Bar) else "right"
    ink = PALE if tag == "th" else INK
    weight = "font-weight:600;" if tag == "th" else ""
    nowrap = "" if is_words else "white-space:nowrap;"
    style = f"padding:5px 6px;border-bottom:1px solid {LINE};{weight}{nowrap}color:{ink}"
    return f'<{tag} align="{align}" style="{style}">{_content(cell)}</{tag}>'


def _content(cell: Cell) -> str:
    if isinstance(cell, Bar):
        return _bar(cell)
    if isinstance(cell, Verdict) and cell in COLOURS:
        background, ink = COLOURS[cell]
        return (
            f'<span style="background:{background};color:{ink};padding:1px 8px;white-space:nowrap">'
            f"{escape(cell)}</span>"
        )
    return escape(printable(cell)) or "&#160;"


def _bar(bar: Bar) -> str:
    width = round(bar.fraction * BAR_WIDTH)
    if not width:
        return "&#160;"
    return (
        f'<table role="presentation" width="{width}" cellpadding="0" cellspacing="0"><tr>'
        f'<td bgcolor="{BAR_COLOUR}" height="10" style="background:{BAR_COLOUR};height:10px;'
        'font-size:1px;line-height:10px">&#160;</td></tr></table>'
    )
