"""Switch a pipeline off, once, when so many leave that the sender's reputation suffers.

Only where the environment allows it, and never on again. An episode begins when the limit is passed
and ends when it has not been for six hours; within one nothing is switched a second time, also when
somebody has switched it on again by hand.

Steps, each of which a run can die after:

1. write down which switch, and the version it has: the decision;
2. switch it off, unless it has another version by now: then that was us before we died, or somebody
   who knows better;
3. say so;
4. write down that it is done.

Dying between 3 and 4 says it twice. Nothing else is ever done twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.collection.announcement import LIMITS, announce
from watchkeeper.collection.ledgers import open_ledger
from watchkeeper.collection.unsubscribe_ledgers import (
    by_type,
    in_order,
    left_between,
    sent_between,
)
from watchkeeper.collection.unsubscribes import UnsubscribeRun
from watchkeeper.definitions.errors import ActionError
from watchkeeper.ledger.lease import Lease, leased
from watchkeeper.ledger.minute import to_datetime, to_minute
from watchkeeper.ledger.progress import advance
from watchkeeper.ledger.table import pack
from watchkeeper.ledger.tally import Tally
from watchkeeper.runtime.settings import UnsubscribeSpikeSettings

SWITCH_LEDGER = "unsubscribe_switch"
KEPT_DAYS = 400
EPISODE = "episode"
OFF = "false"
HOUR_MINUTES = 60
TOP_TYPES = 3
EPISODE_ENDS_AFTER_MINUTES = 360
# A decision that nobody could carry out for so long is not carried out any more.
MAX_DECISION_AGE_MINUTES = 15


@dataclass(frozen=True, kw_only=True)
class Hour:
    """Say how many were sent and left in an hour, and over which types."""

    sent: int
    left: int
    types: tuple[tuple[str, int], ...]

    @property
    def percent(self) -> float:
        """Return how many of a hundred sent left."""
        return 100 * self.left / self.sent if self.sent else 0.0


@dataclass(frozen=True, kw_only=True)
class Episode:
    """Remember what was decided, and how far it was done; times are minutes, 0 is never.

    `switch` is a parameter's name, empty when there is none that may be switched off.
    """

    began: int = 0
    above: int = 0
    switch: str = ""
    version: int = 0
    switched: int = 0
    announced: int = 0

    @classmethod
    def read(cls, tally: Tally) -> "Episode":
        """Read it from its item."""
        known: dict[str, Any] = {
            str(key[0]): count for key, count in tally.items() if len(key) == 1
        }
        switch = next((str(key[1]) for key in tally if len(key) > 1), "")
        return cls(switch=switch, **known)

    def to_tally(self) -> Tally:
        """Write it to its item."""
        numbers = ("began", "above", "version", "switched", "announced")
        return {
            **{(name,): getattr(self, name) for name in numbers},
            ("switch", self.switch): 1,
        }

    def is_over(self, now: int) -> bool:
        """Tell whether the limit has not been passed for six hours."""
        return not self.began or now - self.above >= EPISODE_ENDS_AFTER_MINUTES


def guard(run: UnsubscribeRun) -> Mapping[str, object]:
    """Switch off what drives people away, where that is allowed; raise when it cannot be."""
    settings = run.settings
    if not settings.flippable_switches:
        return {}
    now = to_minute(run.now)
    hour = last_hour(run, now)
    is_above = (
        hour.sent >= settings.rate_minimum_sent and hour.percent > settings.rate_limit_percent
    )
    ledger = open_ledger(run, SWITCH_LEDGER, kept_days=KEPT_DAYS)
    with leased(ledger) as lease:
        if lease.through is not None and now < lease.through:
            return {"kill_switch": "event is old"}
        episode = Episode.read(ledger.read(EPISODE, EPISODE).get(EPISODE, {}))
        if is_above and episode.is_over(now):
            episode = _decide(run, hour, now)
        elif is_above:
            episode = replace(episode, above=now)
        is_open = bool(episode.began) and not episode.announced
        if not is_above and not is_open:
            return {"kill_switch": "untouched"}
        _commit(run, lease, episode, now)
        if is_open:
            episode = _carry_out(run, lease, episode, hour, now)
    return {"kill_switch": episode.switch or "none", "percent": round(hour.percent, 2)}


def last_hour(run: UnsubscribeRun, now: int) -> Hour:
    """Count the hour before `now`, as its alarm does."""
    since = now - HOUR_MINUTES
    sent = by_type(sent_between(run, since, now), since, now)
    left = by_type(left_between(run, since, now), since, now)
    return Hour(sent=sum(sent.values()), left=sum(left.values()), types=tuple(in_order(left)))


def _decide(run: UnsubscribeRun, hour: Hour, now: int) -> Episode:
    """Choose the switch of the type that most left over; none when that type has none."""
    switch = run.settings.flippable_switches.get(hour.types[0][0], "")
    version = _read(run, switch)[1] if switch else 0
    return Episode(began=now, above=now, switch=switch, version=version)


def _carry_out(
    run: UnsubscribeRun, lease: Lease, episode: Episode, hour: Hour, now: int
) -> Episode:
    done = "No switch was touched: the mail most people left over has none that may be."
    if episode.switch:
        done = _switch_off(run, episode, hour, now)
        episode = replace(episode, switched=now)
    _say(run, episode, hour, done)
    episode = replace(episode, announced=now)
    _commit(run, lease, episode, now)
    return episode


def _switch_off(run: UnsubscribeRun, episode: Episode, hour: Hour, now: int) -> str:
    value, version = _read(run, episode.switch)
    name = episode.switch
    if version != episode.version:
        return f"{name} is {value!r}: it was changed since this was decided, and stays so."
    if value == OFF:
        return f"{name} was off already."
    if now - episode.began > MAX_DECISION_AGE_MINUTES:
        return f"{name} could not be switched off in time, and is still {value!r}: decide by hand."
    try:
        run.aws("ssm", **LIMITS).put_parameter(
            Name=name, Value=OFF, Overwrite=True, Description=_reason(hour, now)
        )
    except (ClientError, BotoCoreError) as error:
        raise ActionError(f"could not switch {name} off: {error}") from error
    return f"{name} was switched off."


def _read(run: UnsubscribeRun, name: str) -> tuple[str, int]:
    try:
        found = run.aws("ssm", **LIMITS).get_parameter(Name=name)["Parameter"]
    except (ClientError, BotoCoreError) as error:
        raise ActionError(f"could not read the kill switch {name}: {error}") from error
    return str(found["Value"]), int(found["Version"])


def _reason(hour: Hour, now: int) -> str:
    """Say why it is off, for the parameter's own history: Parameter Store keeps it there."""
    return (
        f"Switched off by Watchkeeper at {to_datetime(now):%Y-%m-%d %H:%M} UTC: {hour.left} left "
        f"on {hour.sent} mails within an hour ({hour.percent:.2f} %). Never on again by itself."
    )


def _say(run: UnsubscribeRun, episode: Episode, hour: Hour, done: str) -> None:
    settings = run.settings
    announce(
        run,
        settings.switch_topic,
        subject=f"P1 kill switch in {settings.environment}: {episode.switch or 'none touched'}",
        text=_describe(settings, episode, hour, done, to_minute(run.now)),
    )


def _describe(
    settings: UnsubscribeSpikeSettings, episode: Episode, hour: Hour, done: str, now: int
) -> str:
    """Write what can be read alone: what was done, why, and what is to be done now."""
    top = ", ".join(f"{name} {count}" for name, count in hour.types[:TOP_TYPES]) or "none"
    where = f"(Storytailor, {settings.environment})"
    limit = f"{hour.percent:.2f} %, the limit is {settings.rate_limit_percent:g} %"
    return f"""So many unsubscribe that the sender's reputation suffers {where}.

{done}

In the hour up to {to_datetime(now):%Y-%m-%d %H:%M} UTC
{hour.left} left on {hour.sent} mails: {limit}.
Most over: {top}.
Above the limit since {to_datetime(episode.began):%Y-%m-%d %H:%M} UTC.

What to do: find out what was wrong with that mail, mend it, see it work in staging, then switch on
by hand. Watchkeeper never does, and switches nothing off again before the limit has not been passed
for six hours.
Runbook: {settings.docs_url}/runbooks/storytailor.md#when-to-use-a-kill-switch
"""


def _commit(run: UnsubscribeRun, lease: Lease, episode: Episode, now: int) -> None:
    reached = advance(lease.through, counted_until=now, wall_minute=int(run.clock() // 60))
    lease.commit({EPISODE: pack(EPISODE, episode.to_tally())}, reached, gives_back=False)
