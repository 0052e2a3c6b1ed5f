"""The parts of a report about pipelines: runs, vetoes, violations of their time limits."""

from collections.abc import Sequence

from watchkeeper.reports.facts import PipelineFact, VetoFact, summed, total
from watchkeeper.reports.model import Column, Figure, Section, Table
from watchkeeper.reports.sources import ReportSources
from watchkeeper.reports.target import (
    INSIGHTS_LEAST_VETO_RATE,
    INSIGHTS_MOST_VETO_RATE,
    SLA_VIOLATION_RATE,
    VETO_RATE,
    Share,
)
from watchkeeper.reports.writing import change, count, with_bars
from watchkeeper.workloads.storytailor.sources import TIME_CRITICAL_TYPES
from watchkeeper.workloads.storytailor.sources_reports import QUERY_REPORT_VETOES

INSIGHTS = "weekly_insights"


def runs(sources: ReportSources) -> Section:
    """Tell how often each pipeline ran, and what came of it."""
    facts = sources.pipelines
    now = summed(facts, PipelineFact)
    before = summed(sources.pipelines_before, PipelineFact)
    return Section(
        title="Pipeline runs",
        figures=(
            Figure(name="Runs", value=count(now.runs), before=count(before.runs)),
            Figure(
                name="Failed runs",
                value=_of(now.failed, now.runs),
                before=_of(before.failed, before.runs),
            ),
            VETO_RATE.figure(
                "Vetoed runs",
                Share(part=now.vetoed, whole=now.runs),
                Share(part=before.vetoed, whole=before.runs),
            ),
            _critical_violations(facts, sources.pipelines_before),
        ),
        tables=(_runs_table(facts),),
    )


def _of(part: int, whole: int) -> str:
    share = Share(part=part, whole=whole)
    return f"{count(part)} ({share})" if whole else count(part)


def _critical_violations(facts: Sequence[PipelineFact], before: Sequence[PipelineFact]) -> Figure:
    def share(each: Sequence[PipelineFact]) -> Share:
        critical = [fact for fact in each if fact.type in TIME_CRITICAL_TYPES]
        return Share(part=total(critical, "sla_missed"), whole=total(critical, "runs"))

    return SLA_VIOLATION_RATE.figure("Time-critical runs too late", share(facts), share(before))


def _runs_table(facts: Sequence[PipelineFact]) -> Table:
    return Table(
        title="Runs by pipeline type",
        columns=(
            Column(heading="Type", is_words=True),
            Column(heading="Runs"),
            Column(heading="", is_words=True),
            Column(heading="Vetoed"),
            Column(heading="Too late"),
            Column(heading="Failed"),
        ),
        rows=tuple(
            (
                fact.type,
                count(fact.runs),
                bar,
                str(Share(part=fact.vetoed, whole=fact.runs)),
                count(fact.sla_missed),
                count(fact.failed),
            )
            for fact, bar in with_bars(facts, lambda fact: fact.runs)
        ),
    )


def vetoes(sources: ReportSources) -> Section:
    """Tell which pipelines decided not to act, and why."""
    now = sources.database.core(QUERY_REPORT_VETOES, sources.period, VetoFact)
    before = sources.database.core(QUERY_REPORT_VETOES, sources.period.before, VetoFact)
    earlier = {(fact.type, fact.reason): fact.vetoes for fact in before}
    of_type = {fact.type: fact.runs for fact in sources.pipelines}
    return Section(
        title="Veto patterns",
        figures=_insights(sources),
        tables=(
            Table(
                title="Vetoes by type and reason",
                columns=(
                    Column(heading="Type", is_words=True),
                    Column(heading="Reason", is_words=True),
                    Column(heading="Vetoes"),
                    Column(heading="", is_words=True),
                    Column(heading="Of runs"),
                    Column(heading="Change"),
                ),
                rows=tuple(
                    (
                        fact.type,
                        fact.reason,
                        count(fact.vetoes),
                        bar,
                        str(Share(part=fact.vetoes, whole=of_type.get(fact.type, 0))),
                        change(fact.vetoes, earlier.get((fact.type, fact.reason), 0)),
                    )
                    for fact, bar in with_bars(now, lambda fact: fact.vetoes)
                ),
            ),
        ),
        sentences=_gone(earlier, now),
    )


def _insights(sources: ReportSources) -> tuple[Figure, ...]:
    """Judge the insights from both sides: too few vetoes send too much, too many too little."""
    now, before = (
        Share(part=total(found, "vetoed"), whole=total(found, "runs"))
        for found in (
            [fact for fact in facts if fact.type == INSIGHTS]
            for facts in (sources.pipelines, sources.pipelines_before)
        )
    )
    return (
        INSIGHTS_LEAST_VETO_RATE.figure(f"Vetoed {INSIGHTS}, lower limit", now, before),
        INSIGHTS_MOST_VETO_RATE.figure(f"Vetoed {INSIGHTS}, upper limit", now, before),
    )


def _gone(earlier: dict[tuple[str, str], int], now: Sequence[VetoFact]) -> tuple[str, ...]:
    gone = sorted(earlier.keys() - {(fact.type, fact.reason) for fact in now})
    if not gone:
        return ()
    named = ", ".join(f"{kind} {reason} ({earlier[kind, reason]:,})" for kind, reason in gone[:10])
    return (f"No longer seen since the week before: {named}.",)


def compliance(sources: ReportSources) -> Section:
    """Tell for each type how many of its runs came too late, against the limit."""
    earlier = {
        fact.type: Share(part=fact.sla_missed, whole=fact.runs) for fact in sources.pipelines_before
    }
    figures = tuple(
        SLA_VIOLATION_RATE.figure(
            f"Too late: {fact.type}",
            Share(part=fact.sla_missed, whole=fact.runs),
            earlier.get(fact.type, Share(part=0, whole=0)),
        )
        for fact in sorted(
            sources.pipelines, key=lambda each: (each.type not in TIME_CRITICAL_TYPES, each.type)
        )
    )
    silent = sorted(set(TIME_CRITICAL_TYPES) - {fact.type for fact in sources.pipelines})
    sentences = ["Time-critical types come first: somebody may be in danger, or wait."]
    if silent:
        sentences.append(f"Did not run at all: {', '.join(silent)}.")
    return Section(title="SLA compliance by type", figures=figures, sentences=tuple(sentences))
