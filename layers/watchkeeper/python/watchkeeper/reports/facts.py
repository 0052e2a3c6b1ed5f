"""What the database says of a period, in types; and what of it could not be read."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True)
class PipelineFact:
    """Count the runs of one pipeline type."""

    type: str
    runs: int
    vetoed: int
    sla_missed: int
    failed: int


@dataclass(frozen=True)
class VetoFact:
    """Count the vetoes of one pipeline type for one reason."""

    type: str
    reason: str
    vetoes: int


@dataclass(frozen=True)
class EmailFact:
    """Count the e-mails of one type, and what became of them."""

    type: str
    sent: int
    opened: int
    clicked: int
    bounced: int
    complaints: int
    unsubscribed: int
    failed: int


@dataclass(frozen=True)
class EmailDayFact:
    """Count the e-mails of one day and the users they went to."""

    day: datetime.date
    sent: int
    users: int


@dataclass(frozen=True)
class CreditFact:
    """Count the credits of one source; amounts in cents."""

    source: str
    issued: int
    issued_cents: int
    applied: int
    applied_cents: int
    expired: int
    expired_cents: int
    failed: int


@dataclass(frozen=True)
class ReferralFact:
    """Count referrals and how far they came."""

    referrals: int
    signups: int
    conversions: int
    rewarded: int


@dataclass(frozen=True)
class OverrideFact:
    """Count how often people overrode one pipeline type in one way."""

    type: str
    kind: str
    overrides: int


F = TypeVar("F", PipelineFact, EmailFact)


def summed(facts: Sequence[F], kind: type[F]) -> F:
    """Add facts up over all types."""
    columns = list(kind.__dataclass_fields__)[1:]
    return kind("all", *(sum(getattr(fact, name) for fact in facts) for name in columns))


def total(facts: Iterable[object], column: str) -> int:
    """Add one column of facts up."""
    return sum(int(getattr(fact, column)) for fact in facts)
