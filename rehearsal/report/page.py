"""The report: one self-contained page about every rehearsal, for people."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from rehearsal.engine.alarm import Alarm, MetricAlarm
from rehearsal.engine.messages.transition import Transition
from rehearsal.engine.template.deployment import Deployment
from rehearsal.report.plot import plot_trace
from rehearsal.report.trace import Trace, trace_alarms
from rehearsal.runner.result import Page, Rehearsal
from rehearsal.scenario.model import Scenario
from rehearsal.scenario.notation import format_duration

SEVERITIES = ("P1", "P2", "P3", "P4")


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """Be one rehearsal as the page tells it."""

    rehearsal: Rehearsal
    deployment: Deployment

    @property
    def scenario(self) -> Scenario:
        """Give its scenario."""
        return self.rehearsal.scenario

    @property
    def anchor(self) -> str:
        """Give the name that links lead to."""
        words = "".join(sign if sign.isalnum() else " " for sign in self.scenario.title.lower())
        return "-".join(words.split())

    @cached_property
    def alarms(self) -> tuple[Alarm, ...]:
        """Return the alarms it is about: expected, near misses, and whatever changed."""
        named = {
            *(each.alarm for each in self.scenario.expect),
            *(name for each in self.scenario.expect for name in each.along_with),
            *(each.alarm for each in self.scenario.quiet),
            *(each.alarm for each in self.rehearsal.transitions),
        }
        found = [alarm for alarm in self.deployment.alarms if alarm.name in named]
        return tuple(sorted(found, key=lambda alarm: (_severity(alarm), alarm.name)))

    @cached_property
    def changes(self) -> tuple[Transition, ...]:
        """Return what happened, in order."""
        return tuple(sorted(self.rehearsal.transitions, key=lambda each: each.time))

    def pages_of(self, change: Transition) -> Iterator[Page]:
        """Yield the messages that a change sent."""
        pages = self.rehearsal.pages
        return (page for page in pages if (page.alarm, page.at) == (change.alarm, change.time))

    def plots(self) -> Iterator[tuple[Trace, str]]:
        """Yield each metric alarm with its plot; a composite alarm has no values to plot."""
        for trace in trace_alarms(self.rehearsal, self.alarms):
            alarm = trace.alarm
            if isinstance(alarm, MetricAlarm):
                yield trace, plot_trace(trace, alarm, self._expected(alarm))

    def _expected(self, alarm: Alarm) -> list[tuple[int, int]]:
        start = self.scenario.start
        return [
            (start + each.fires[0], start + each.fires[1])
            for each in self.scenario.expect
            if each.alarm == alarm.name
        ]

    def offset(self, moment: float) -> str:
        """Say a moment as time since the start."""
        return format_duration(int(moment) - self.scenario.start)

    def because(self, alarm: Alarm) -> str:
        """Say why an alarm is a near miss here; nothing when it is none."""
        found = (each.because for each in self.scenario.quiet if each.alarm == alarm.name)
        return next(found, "")


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Say of one alarm in which rehearsals it fires, and in which it is a near miss."""

    alarm: Alarm
    severity: str
    fires: tuple[Chapter, ...]
    near_misses: tuple[Chapter, ...]


def write_report(
    rehearsals: Sequence[Rehearsal], deployment: Deployment, file: Path, *, seconds: float
) -> None:
    """Write the page about rehearsals that took so many seconds."""
    chapters = [Chapter(rehearsal=each, deployment=deployment) for each in rehearsals]
    chapters.sort(key=lambda each: (each.rehearsal.has_passed, each.scenario.title))
    text = _template().render(
        chapters=chapters,
        coverage=tuple(_list_coverage(chapters, deployment)),
        failed=sum(not each.rehearsal.has_passed for each in chapters),
        seconds=seconds,
        transitions=sum(len(each.changes) for each in chapters),
        runs=sum(len(each.rehearsal.recorded.runs) for each in chapters),
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _list_coverage(chapters: Iterable[Chapter], deployment: Deployment) -> Iterator[Coverage]:
    told = tuple(chapters)
    for alarm in sorted(deployment.alarms, key=lambda each: (_severity(each), each.name)):
        yield Coverage(
            alarm=alarm,
            severity=_severity(alarm),
            fires=tuple(each for each in told if _fires(each.scenario, alarm.name)),
            near_misses=tuple(each for each in told if each.because(alarm)),
        )


def _fires(scenario: Scenario, alarm: str) -> bool:
    return any(alarm in (each.alarm, *each.along_with) for each in scenario.expect)


def _severity(alarm: Alarm) -> str:
    return alarm.tags.get("severity", "–")


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("rehearsal.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clock"] = _clock
    environment.filters["severity"] = _severity
    return environment.get_template("page.html.j2")


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%H:%M")
