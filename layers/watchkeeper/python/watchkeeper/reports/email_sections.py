"""The parts of a report about e-mail: what was sent, opened, refused; how much on which day."""

from collections.abc import Callable

from watchkeeper.reports.facts import EmailDayFact, EmailFact, summed, total
from watchkeeper.reports.model import Column, Figure, Section, Table
from watchkeeper.reports.sources import ReportSources
from watchkeeper.reports.target import (
    BOUNCE_RATE,
    EMAIL_DELIVERY,
    OPEN_RATE,
    UNSUBSCRIBE_RATE,
    Share,
    Target,
    none_wanted,
)
from watchkeeper.reports.writing import count, with_bars
from watchkeeper.workloads.storytailor.sources_reports import QUERY_REPORT_EMAIL_DAYS

# What a mail client draws only after its reader has come to it.
STILL_OPENING = (
    "What is opened later counts later: the rates are of what has been seen when the report was "
    "made."
)


def volume(sources: ReportSources) -> Section:
    """Tell how many e-mails went out, and what became of them."""
    now = summed(sources.emails, EmailFact)
    before = summed(sources.emails_before, EmailFact)
    return Section(
        title="E-mail",
        figures=(
            Figure(name="E-mails sent", value=count(now.sent), before=count(before.sent)),
            EMAIL_DELIVERY.figure("Taken by the provider", _taken(now), _taken(before)),
            OPEN_RATE.figure("Opened", _opened(now), _opened(before)),
            BOUNCE_RATE.figure("Bounced", _bounced(now), _bounced(before)),
            UNSUBSCRIBE_RATE.figure("Unsubscribed", _left(now), _left(before)),
            none_wanted("Spam complaints", now.complaints, before.complaints),
        ),
        tables=(_types(sources),),
        sentences=(STILL_OPENING,),
    )


def _types(sources: ReportSources) -> Table:
    facts = sources.emails
    return Table(
        title="E-mails by type",
        columns=(
            Column(heading="Type", is_words=True),
            Column(heading="Sent"),
            Column(heading="", is_words=True),
            Column(heading="Opened"),
            Column(heading="Clicked"),
            Column(heading="Bounced"),
            Column(heading="Failed"),
            Column(heading="Unsubs"),
        ),
        rows=tuple(
            (
                fact.type,
                count(fact.sent),
                bar,
                str(_opened(fact)),
                str(Share(part=fact.clicked, whole=fact.sent)),
                count(fact.bounced),
                count(fact.failed),
                count(fact.unsubscribed),
            )
            for fact, bar in with_bars(facts, lambda fact: fact.sent)
        ),
    )


def rates(sources: ReportSources) -> Section:
    """Hold the open and unsubscribe rates of each type against their targets."""
    return Section(
        title="E-mail rates by type",
        figures=(
            *_rated(sources, "Opened", OPEN_RATE, _opened),
            *_rated(sources, "Unsubscribed", UNSUBSCRIBE_RATE, _left),
            *_rated(sources, "Bounced", BOUNCE_RATE, _bounced),
        ),
        sentences=(STILL_OPENING,),
    )


def _rated(
    sources: ReportSources, word: str, target: Target, share: Callable[[EmailFact], Share]
) -> tuple[Figure, ...]:
    earlier = {fact.type: share(fact) for fact in sources.emails_before}
    return tuple(
        target.figure(
            f"{word}: {fact.type}", share(fact), earlier.get(fact.type, Share(part=0, whole=0))
        )
        for fact in sources.emails
    )


def days(sources: ReportSources) -> Section:
    """Tell how many e-mails went out on each day, and to how many users."""
    found = sources.database.core(QUERY_REPORT_EMAIL_DAYS, sources.period, EmailDayFact)
    by_day = {fact.day: fact for fact in found}
    # A day without a row is a day without an e-mail: that is a number, and has to be seen.
    facts = [by_day.get(day, EmailDayFact(day, 0, 0)) for day in sources.period.dates]
    sent = total(facts, "sent")
    before = total(sources.emails_before, "sent")
    return Section(
        title="E-mail by day",
        figures=(
            Figure(name="E-mails sent", value=count(sent), before=count(before)),
            none_wanted("Days without any e-mail", sum(not fact.sent for fact in facts)),
        ),
        tables=(
            Table(
                title="E-mails and different users by day",
                columns=(
                    Column(heading="Day", is_words=True),
                    Column(heading="E-mails"),
                    Column(heading="", is_words=True),
                    Column(heading="Users"),
                    Column(heading="Per user"),
                ),
                rows=tuple(
                    (
                        f"{fact.day:%a} {fact.day}",
                        count(fact.sent),
                        bar,
                        count(fact.users),
                        f"{fact.sent / fact.users:.2f}" if fact.users else "",
                    )
                    for fact, bar in with_bars(facts, lambda fact: fact.sent)
                ),
            ),
        ),
    )


def _taken(fact: EmailFact) -> Share:
    return Share(part=fact.sent - fact.failed, whole=fact.sent)


def _opened(fact: EmailFact) -> Share:
    return Share(part=fact.opened, whole=fact.sent)


def _bounced(fact: EmailFact) -> Share:
    return Share(part=fact.bounced, whole=fact.sent)


def _left(fact: EmailFact) -> Share:
    return Share(part=fact.unsubscribed, whole=fact.sent)
