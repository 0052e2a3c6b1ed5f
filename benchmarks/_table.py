"""Tables for the terminal and for pasting into documents."""

from collections.abc import Sequence

GAP = "  "


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows below a header: the first column to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = [_line(header, widths), GAP.join("-" * width for width in widths)]
    return "\n".join([*lines, *(_line(row, widths) for row in rows)])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [row[0].ljust(widths[0])]
    cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
    return GAP.join(cells).rstrip()


def format_number(value: float) -> str:
    """Write a number with groups of three digits, and with one decimal when it is small."""
    return f"{value:,.1f}" if value < 10 else f"{value:,.0f}"
