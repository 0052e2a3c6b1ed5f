"""The parts of a report about the service: errors, objectives, alarms, the reports themselves."""

from collections.abc import Iterator
from datetime import date

from watchkeeper.definitions.errors import ReportPartError
from watchkeeper.reports.alarm_history import KEPT, AlarmStory
from watchkeeper.reports.facts import EmailFact, summed
from watchkeeper.reports.model import Column, Figure, Section, Table, Verdict
from watchkeeper.reports.period import last_first_monday, last_monday
from watchkeeper.reports.sources import ReportSources
from watchkeeper.reports.target import (
    CURATOR_ERROR_RATE,
    CURATOR_UPTIME,
    DATABASE_UPTIME,
    EMAIL_DELIVERY,
    RULES_UPTIME,
    WHOLE_PERCENT,
    Share,
    Target,
    none_wanted,
)
from watchkeeper.reports.writing import count, duration, with_bars

# What people call the function that runs every pipeline.
CURATOR = "curator"


def errors(sources: ReportSources) -> Section:
    """Tell how often functions and rules failed."""
    now = sources.cloudwatch.uptime(sources.period)
    before = sources.cloudwatch.uptime(sources.period.before)
    return Section(
        title="Errors of the service",
        figures=(
            *(
                CURATOR_ERROR_RATE.figure(
                    f"Errors of the {name}", share, before.function_errors.get(name)
                )
                for name, share in now.function_errors.items()
            ),
            none_wanted(
                "Starts that rules gave up",
                round(now.rule_failures.part),
                round(before.rule_failures.part),
            ),
        ),
    )


def objectives(sources: ReportSources) -> Section:
    """Hold what was achieved against the uptime targets, and tell what is left of each budget."""
    uptime = sources.cloudwatch.uptime(sources.period)
    mails = summed(sources.emails, EmailFact)
    achieved = [
        ("Runs of the curator", CURATOR_UPTIME, good(uptime.function_errors[CURATOR])),
        ("Starts by EventBridge rules", RULES_UPTIME, good(uptime.rule_failures)),
        (
            "E-mails taken by provider",
            EMAIL_DELIVERY,
            Share(part=mails.sent - mails.failed, whole=mails.sent),
        ),
        ("Database answers its check", DATABASE_UPTIME, uptime.database_passed),
    ]
    figures = tuple(target.figure(name, share) for name, target, share in achieved)
    return Section(
        title="Service level objectives",
        figures=figures,
        tables=(
            Table(
                title="What was used of each error budget",
                columns=(
                    Column(heading="Objective", is_words=True),
                    Column(heading="Tried"),
                    Column(heading="Failed"),
                    Column(heading="Allowed"),
                    Column(heading="Budget used"),
                ),
                rows=tuple(_budget(name, target, share) for name, target, share in achieved),
            ),
        ),
        sentences=(
            "The five-minute check of the database stands in for the functions in it.",
            "A bounce is not a failed delivery: it has a target of its own.",
        ),
    )


def good(bad: Share) -> Share:
    """Turn the share of failures into the share of successes."""
    return Share(part=bad.whole - bad.part, whole=bad.whole)


def _budget(name: str, target: Target, share: Share) -> tuple[str, ...]:
    failed = share.whole - share.part
    allowed = share.whole * (WHOLE_PERCENT - target.limit_percent) / WHOLE_PERCENT
    used = Share(part=failed, whole=allowed)
    return (name, count(share.whole), count(failed), f"{allowed:,.1f}", str(used))


def alarms(sources: ReportSources) -> Section:
    """Tell which alarms fired, how often, for how long, and which of them flapped."""
    stories = sources.cloudwatch.stories(sources.period)
    flapping = [story.name for story in stories if story.flapped]
    return Section(
        title="Alarms",
        figures=(
            Figure(name="Alarms that fired", value=count(len(stories))),
            Figure(name="Times they fired", value=count(sum(each.times for each in stories))),
            none_wanted("Alarms that flapped", len(flapping)),
        ),
        tables=(_alarm_table(stories),),
        sentences=tuple(_alarm_sentences(sources)),
    )


def _alarm_table(stories: tuple[AlarmStory, ...]) -> Table:
    return Table(
        title="Alarms by time in ALARM",
        columns=(
            Column(heading="Alarm", is_words=True),
            Column(heading="Severity", is_words=True),
            Column(heading="Fired"),
            Column(heading="In ALARM"),
            Column(heading="", is_words=True),
            Column(heading="Notes", is_words=True),
        ),
        rows=tuple(
            (
                story.name,
                story.severity,
                count(story.times),
                duration(story.seconds),
                bar,
                ", ".join(_notes(story)),
            )
            for story, bar in with_bars(stories, lambda story: story.seconds)
        ),
    )


def _notes(story: AlarmStory) -> Iterator[str]:
    if story.flapped:
        yield "flapped"
    if story.firings[0].began_before:
        yield "from before"
    if story.goes_on:
        yield "goes on"


def _alarm_sentences(sources: ReportSources) -> Iterator[str]:
    yield (
        "Flapped: fired three times or more within a day, or again within ten minutes of its "
        "recovery."
    )
    oldest = sources.now - KEPT
    if sources.period.since < oldest:
        until = f"{oldest.day} {oldest:%B %H:%M}"
        yield f"CloudWatch keeps 30 days of history: what changed before {until} is lost."


def earlier_reports(sources: ReportSources) -> Section:
    """Tell whether the weekly and the monthly report that were due have gone out."""
    day = sources.now.date()
    return Section(
        title="Other reports",
        figures=(
            _sent("Weekly review", sources.last_sent.get("weekly"), last_monday(day)),
            _sent("Monthly report", sources.last_sent.get("monthly"), last_first_monday(day)),
        ),
    )


def _sent(name: str, sent: date | None, due: date) -> Figure:
    if sent is None:
        return Figure(name=name, value="none yet", target=f"sent {due}", verdict=Verdict.NO_DATA)
    return Figure(
        name=name,
        value=f"sent {sent}",
        target=f"sent {due}",
        verdict=Verdict.MET if sent >= due else Verdict.MISSED,
    )


def missing(title: str, error: ReportPartError) -> Section:
    """Be the part of a report that could not be read, and say why."""
    return Section(title=title, unavailable=f"{error}.")
