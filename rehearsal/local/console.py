"""Tell a person at the terminal what is going on."""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from rich.console import Console as Terminal
from rich.markup import escape

from rehearsal.engine.messages.transition import Transition
from rehearsal.local.function_log import EmittedMetric, FunctionRun
from rehearsal.local.paging.inbox import Page
from watchkeeper.definitions.metric import Kind, MetricDefinition
from watchkeeper.engine_metrics import ENGINE_METRICS, NAMESPACE
from watchkeeper.workloads.storytailor.metrics import METRICS

KINDS: Mapping[tuple[str, str], Kind] = {
    (metric.namespace, metric.name): metric.kind for metric in (*METRICS, *ENGINE_METRICS)
}
UNITS = {"Milliseconds": " ms", "Seconds": " s", "Percent": " %"}
LABELS_SHOWN = 6
NAME_WIDTH = 26
MAX_LINE_LENGTH = 300
STATE_COLOURS = {"ALARM": "red", "OK": "green"}


class Console:
    """Print steps while they are done, and runs with what they measured."""

    def __init__(self, terminal: Terminal | None = None) -> None:
        self._terminal = terminal or Terminal(highlight=False, soft_wrap=True)

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Say what is being done, and how long it took."""
        self._terminal.print(f"[bold]▸[/] {escape(title)} …")
        started = time.monotonic()
        yield
        self._terminal.print(f"  [dim]done in {time.monotonic() - started:.1f} s[/]")

    def note(self, text: str) -> None:
        """Say something in passing."""
        self._terminal.print(f"  [dim]{escape(text)}[/]")

    def say(self, text: str) -> None:
        """Say something."""
        self._terminal.print(escape(text))

    def problem(self, text: str) -> None:
        """Say what went wrong."""
        self._terminal.print(f"[bold red]✗[/] {escape(text)}")

    def success(self, text: str) -> None:
        """Say what went right."""
        self._terminal.print(f"[bold green]✓[/] {escape(text)}")

    def run(self, run: FunctionRun, role: str) -> None:
        """Show one run of a function and the metrics it emitted."""
        mark = "[bold red]✗" if run.failed or run.denied else "[bold green]✓"
        self._terminal.print(
            f"{mark}[/] [dim]{time.strftime('%H:%M:%S')}[/] [bold]{escape(run.function)}[/]"
            f"  {run.duration_milliseconds:.0f} ms"
        )
        self._terminal.print(f"    [dim]under {escape(role)}[/]")
        for text in summarise(run.metrics):
            self._terminal.print(f"    {escape(text)}")
        for line in (*run.denied, *([run.reason] if run.failed else [])):
            self._terminal.print(f"    [red]{escape(line[:MAX_LINE_LENGTH])}[/]")

    def rounds(self, moment: float, runs: Sequence[FunctionRun]) -> None:
        """Show runs of one minute in a line."""
        texts = [
            f"[{'red' if run.failed else 'green'}]{'✗' if run.failed else '✓'}[/] "
            f"{escape(run.function)} {run.duration_milliseconds:.0f} ms"
            for run in runs
        ]
        self._terminal.print(f"[dim]{clock_time(moment)}[/] {' · '.join(texts)}")

    def transition(self, change: Transition) -> None:
        """Show that an alarm changed its state, and why."""
        colour = STATE_COLOURS.get(str(change.new), "yellow")
        self._terminal.print(
            f"[{colour}]●[/] [dim]{clock_time(change.time)}[/] {escape(change.alarm)}  "
            f"{change.old} → [bold {colour}]{change.new}[/]"
        )
        self._terminal.print(f"    [dim]{escape(change.reason[:MAX_LINE_LENGTH])}[/]")

    def sent(self, moment: float, how: str, subject: str) -> None:
        """Show a message that went where nobody here can see it arrive."""
        self._terminal.print(f"[dim]✉ {clock_time(moment)} {escape(how)}: {escape(subject)}[/]")

    def page(self, page: Page) -> None:
        """Show a page as it lies in the inbox."""
        notice = page.notice
        colour = STATE_COLOURS.get(notice.state, "yellow")
        what = {"ALARM": "PAGE", "OK": "RESOLVED"}.get(notice.state, notice.state)
        self._terminal.print(
            f"[bold {colour}]☎ {clock_time(page.received_at)} {what} {notice.severity} "
            f"{escape(notice.alarm)}[/]  {notice.state}"
        )
        for line in (notice.meaning, notice.runbook):
            if line:
                self._terminal.print(f"    {escape(line)}")


def clock_time(moment: float) -> str:
    """Write a moment (seconds since 1970) as people read it off a clock, UTC."""
    return f"{datetime.fromtimestamp(moment, UTC):%H:%M:%S}"


def summarise(metrics: Sequence[EmittedMetric]) -> list[str]:
    """Give a line for each metric below its namespace: total, count or value by label.

    Counters of the suite's own that are zero say nothing and are left out.
    """
    groups: dict[str, dict[str, list[EmittedMetric]]] = {}
    for metric in metrics:
        names = groups.setdefault(metric.identity[0], {})
        names.setdefault(metric.name, []).append(metric)
    lines = []
    for namespace, names in sorted(groups.items()):
        lines.append(namespace)
        for name, group in sorted(names.items()):
            values = _values(namespace, name, group)
            if namespace != NAMESPACE or not values.startswith("0 in "):
                lines.append(f"  {name:<{NAME_WIDTH}} {values}")
    return lines


def _values(namespace: str, name: str, group: Sequence[EmittedMetric]) -> str:
    by_label: dict[str, list[float]] = {}
    for metric in group:
        label = " × ".join(metric.labels.values()) or "total"
        by_label.setdefault(label, []).extend(metric.values)
    kind = KINDS.get((namespace, name), Kind.GAUGE)
    unit = UNITS.get(group[0].unit, "")
    shown = [(label, _number(kind, values)) for label, values in by_label.items()]
    if kind is Kind.COUNTER:
        shown = sorted((pair for pair in shown if pair[1]), key=lambda pair: -pair[1])
        if not shown:
            return f"0 in all {len(by_label)} series"
    texts = [f"{label} {value:g}{unit}" for label, value in shown[:LABELS_SHOWN]]
    more = len(shown) - LABELS_SHOWN
    return " · ".join(texts) + (f" · and {more} more" if more > 0 else "")


def _number(kind: Kind, values: Sequence[float]) -> float:
    if kind is Kind.COUNTER:
        return round(sum(values), 3)
    if kind is Kind.DISTRIBUTION:
        return float(round(max(values)))
    return float(round(values[-1]))


def metrics_of(job: str) -> tuple[MetricDefinition, ...]:
    """List the metrics that a job alone is declared to emit."""
    return tuple(metric for metric in (*METRICS, *ENGINE_METRICS) if metric.source == job)
