"""One alarm's plot as SVG: values, threshold, expected stretches, and its states below."""

import io
from collections.abc import Sequence
from datetime import UTC
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from rehearsal.engine.alarm import Comparison, MetricAlarm, State
from rehearsal.report.trace import Trace

INK: Final = "#475569"
LINE: Final = "#2563eb"
THRESHOLD: Final = "#dc2626"
EXPECTED: Final = "#f59e0b"
STATE_COLOURS: Final = {
    State.OK: "#86efac",
    State.ALARM: "#ef4444",
    State.INSUFFICIENT_DATA: "#cbd5e1",
}
SIGNS: Final = {
    Comparison.ABOVE: ">",
    Comparison.AT_LEAST: "≥",
    Comparison.BELOW: "<",
    Comparison.AT_MOST: "≤",
}
INCHES: Final = (8.4, 2.1)
# Text stays text, so that the page's own font draws it; ids are the same on every run.
STYLE: Final[Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "watchkeeper",
    "font.family": "sans-serif",
    "font.size": 8,
    "axes.edgecolor": "#cbd5e1",
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def plot_trace(trace: Trace, alarm: MetricAlarm, expected: Sequence[tuple[int, int]]) -> str:
    """Draw a metric alarm over a rehearsal; `expected` are the stretches it has to fire in."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=INCHES, layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(9, 1))
        _draw_values(upper, trace, alarm, expected)
        _draw_states(lower, trace)
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    _, tag, rest = text.getvalue().partition("<svg")
    return tag + rest


def _draw_values(
    axes: Axes, trace: Trace, alarm: MetricAlarm, expected: Sequence[tuple[int, int]]
) -> None:
    for start, end in expected:
        # A stretch of one minute is a moment, which still has to be seen.
        axes.axvspan(_when(start), _when(max(end, start + 60)), color=EXPECTED, alpha=0.25, lw=0)
    when = [_when(int(tick)) for tick in trace.ticks]
    axes.step(when, trace.values, where="post", color=LINE, lw=1.3)
    axes.axhline(alarm.threshold, color=THRESHOLD, lw=1, ls=(0, (4, 3)))
    axes.annotate(
        f"fires {SIGNS[alarm.comparison]} {alarm.threshold:g}",
        (1, alarm.threshold),
        xycoords=("axes fraction", "data"),
        xytext=(-2, 3),
        textcoords="offset points",
        ha="right",
        color=THRESHOLD,
    )
    _scale(axes, trace, alarm)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, axis="y", color="#e2e8f0", lw=0.6)
    axes.tick_params(length=2)


def _scale(axes: Axes, trace: Trace, alarm: MetricAlarm) -> None:
    known = trace.values[~np.isnan(trace.values)]
    low = min([0.0, alarm.threshold, *known.tolist()])
    high = max([alarm.threshold, *known.tolist()])
    room = (high - low) * 0.18 or 1.0
    axes.set_ylim(low - room / 4, high + room)


def _draw_states(axes: Axes, trace: Trace) -> None:
    for band in trace.bands:
        axes.axvspan(_when(band.start), _when(band.end), color=STATE_COLOURS[band.state], lw=0)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=2)
    locator = AutoDateLocator(tz=UTC, minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    shape = ConciseDateFormatter(locator, tz=UTC, show_offset=False)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(shape)
    axes.set_xlim(_when(trace.bands[0].start), _when(trace.bands[-1].end))


def _when(moment: int) -> float:
    """Return a moment as matplotlib counts time: days since 1970."""
    return moment / 86_400
