"""The parts of a report about people: their credits, their referrals, where they overrode."""

from collections.abc import Sequence

from watchkeeper.reports.facts import CreditFact, OverrideFact, ReferralFact, total
from watchkeeper.reports.model import Column, Figure, Section, Table
from watchkeeper.reports.sources import ReportSources
from watchkeeper.reports.target import (
    CRISIS_FALSE_POSITIVES,
    THERAPEUTIC_FALSE_POSITIVES,
    Share,
    none_wanted,
)
from watchkeeper.reports.writing import change, count, usd, with_bars
from watchkeeper.workloads.storytailor.sources_reports import (
    QUERY_REPORT_CREDITS,
    QUERY_REPORT_OVERRIDES,
    QUERY_REPORT_REFERRALS,
)

FALSE_POSITIVE_TARGETS = {
    "therapeutic": THERAPEUTIC_FALSE_POSITIVES,
    "crisis": CRISIS_FALSE_POSITIVES,
}


def credit(sources: ReportSources) -> Section:
    """Tell which credits were issued, applied, expired, and which failed."""
    now, before = (
        sources.database.part(QUERY_REPORT_CREDITS, period, CreditFact)
        for period in (sources.period, sources.period.before)
    )
    return Section(
        title="Credits",
        figures=(
            *(
                Figure(name=word, value=_amount(now, step), before=_amount(before, step))
                for word, step in (
                    ("Issued", "issued"),
                    ("Applied", "applied"),
                    ("Expired", "expired"),
                )
            ),
            none_wanted("Failed rewards", total(now, "failed"), total(before, "failed")),
        ),
        tables=(
            Table(
                title="Credits by source",
                columns=(
                    Column(heading="Source", is_words=True),
                    Column(heading="Issued"),
                    Column(heading="", is_words=True),
                    Column(heading="Applied"),
                    Column(heading="Expired"),
                    Column(heading="Failed"),
                ),
                rows=tuple(
                    (
                        fact.source,
                        usd(fact.issued_cents),
                        bar,
                        usd(fact.applied_cents),
                        usd(fact.expired_cents),
                        count(fact.failed),
                    )
                    for fact, bar in with_bars(now, lambda fact: max(0, fact.issued_cents))
                ),
            ),
        ),
    )


def _amount(facts: Sequence[CreditFact], step: str) -> str:
    return f"{usd(total(facts, f'{step}_cents'))} ({count(total(facts, step))})"


def referrals(sources: ReportSources) -> Section:
    """Tell how far the referrals of the period have come."""
    [now], [before] = (
        sources.database.part(QUERY_REPORT_REFERRALS, period, ReferralFact)
        for period in (sources.period, sources.period.before)
    )
    steps = (
        ("Referred", now.referrals, before.referrals),
        ("Signed up", now.signups, before.signups),
        ("Converted", now.conversions, before.conversions),
        ("Rewarded", now.rewarded, before.rewarded),
    )
    conversion, conversion_before = (
        Share(part=fact.conversions, whole=fact.referrals) for fact in (now, before)
    )
    return Section(
        title="Referrals",
        figures=(Figure(name="Conversion", value=str(conversion), before=str(conversion_before)),),
        tables=(
            Table(
                title="From referral to reward",
                columns=(
                    Column(heading="Step", is_words=True),
                    Column(heading="Referrals"),
                    Column(heading="", is_words=True),
                    Column(heading="Of all"),
                    Column(heading="Change"),
                ),
                rows=tuple(
                    (
                        word,
                        count(number),
                        bar,
                        str(Share(part=number, whole=now.referrals)),
                        change(number, earlier),
                    )
                    for (word, number, earlier), bar in with_bars(steps, lambda step: step[1])
                ),
            ),
        ),
    )


def overrides(sources: ReportSources) -> Section:
    """Tell where people overrode a pipeline, and hold the false positives against their limits."""
    now = sources.database.part(QUERY_REPORT_OVERRIDES, sources.period, OverrideFact)
    before = sources.database.part(QUERY_REPORT_OVERRIDES, sources.period.before, OverrideFact)
    earlier = {(fact.type, fact.kind): fact.overrides for fact in before}
    runs = {fact.type: fact.runs for fact in sources.pipelines}
    return Section(
        title="Overrides and false positives",
        figures=(
            *(
                FALSE_POSITIVE_TARGETS[group].figure(
                    f"False positives, {group}",
                    Share(
                        part=total((fact for fact in now if fact.type in types), "overrides"),
                        whole=sum(runs.get(kind, 0) for kind in types),
                    ),
                )
                for group, types in sources.override_groups.items()
                if group in FALSE_POSITIVE_TARGETS
            ),
            Figure(
                name="Overrides",
                value=count(total(now, "overrides")),
                before=count(total(before, "overrides")),
            ),
        ),
        tables=(
            Table(
                title="Overrides by pipeline and kind",
                columns=(
                    Column(heading="Type", is_words=True),
                    Column(heading="Kind", is_words=True),
                    Column(heading="Overrides"),
                    Column(heading="", is_words=True),
                    Column(heading="Change"),
                ),
                rows=tuple(
                    (
                        fact.type,
                        fact.kind,
                        count(fact.overrides),
                        bar,
                        change(fact.overrides, earlier.get((fact.type, fact.kind), 0)),
                    )
                    for fact, bar in with_bars(now, lambda fact: fact.overrides)
                ),
            ),
        ),
        sentences=("A false positive is a run that somebody overrode: overrides divided by runs.",),
    )
