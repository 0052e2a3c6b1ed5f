"""Hold unsubscribes against what is usual, and say once when that begins to differ.

One run of it: take the lease of its ledger; write down how many e-mails were sent in the slots
since the last time, from the ledger of e-mails; judge; publish when an anomaly begins; emit 0 or 1
and commit. Killed before the commit, the next run does the same again: the message may then come
twice, and is never lost.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from watchkeeper.collection.announcement import announce
from watchkeeper.collection.ledgers import open_ledger
from watchkeeper.collection.unsubscribe_ledgers import (
    Counts,
    by_type,
    in_order,
    left_between,
    sent_between,
)
from watchkeeper.collection.unsubscribes import UnsubscribeRun
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.errors import ActionError
from watchkeeper.detection.baseline import BASELINE_DAYS
from watchkeeper.detection.detector import Anomaly, Detector, Kind
from watchkeeper.detection.episode import QUIET_SLOTS
from watchkeeper.detection.history import SLOT_MINUTES, SLOTS_A_DAY, History
from watchkeeper.ledger.lease import leased
from watchkeeper.ledger.minute import MINUTES_A_DAY, day_bucket, to_datetime, to_minute
from watchkeeper.ledger.progress import OLDEST_MINUTES, RECOUNT_MINUTES, advance
from watchkeeper.ledger.table import Ledger, pack
from watchkeeper.ledger.tally import Key, Tally
from watchkeeper.workloads.storytailor.metrics_unsubscribes import UNSUBSCRIBE_ANOMALY

ANOMALY_LEDGER = "unsubscribe_anomaly"
# A day before the baseline tells which mails there were.
HISTORY_DAYS = BASELINE_DAYS + 2
KEPT_DAYS = HISTORY_DAYS + 3
STATE = "state"
SENT = "sent"
EXCLUDED = "excluded"
QUIET_MINUTES = QUIET_SLOTS * SLOT_MINUTES
TOP_TYPES = 3
Days = dict[str, dict[Key, int]]


@dataclass(frozen=True, kw_only=True)
class State:
    """Remember since when counts can be believed, and the anomaly that burns; in minutes.

    0 stands for never.
    """

    first: int
    began: int = 0
    seen: int = 0
    announced: int = 0

    @classmethod
    def read(cls, tally: Tally, now: int) -> "State":
        """Read it; where there is none, everything begins now."""
        known = {str(key[0]): count for key, count in tally.items()}
        return cls(**{"first": now, **known})

    def to_tally(self) -> Tally:
        """Write it."""
        return {
            ("first",): self.first,
            ("began",): self.began,
            ("seen",): self.seen,
            ("announced",): self.announced,
        }

    def is_burning(self, now: int) -> bool:
        """Tell whether an anomaly is seen now, or was so lately that it only pauses."""
        return bool(self.began) and now - self.seen < QUIET_MINUTES

    def after(self, anomaly: Anomaly | None, now: int) -> "State":
        """Return what holds once this was judged."""
        if anomaly is None:
            return self
        if self.is_burning(now):
            return replace(self, seen=max(now, self.seen))
        return replace(self, began=now, seen=now, announced=0)


def watch_anomaly(run: UnsubscribeRun) -> Mapping[str, object]:
    """Judge the newest unsubscribes; raise `ActionError` when what begins could not be said."""
    now = to_minute(run.now)
    ledger = open_ledger(run, ANOMALY_LEDGER, kept_days=KEPT_DAYS)
    with leased(ledger) as lease:
        if lease.through is not None and now < lease.through:
            return {"anomaly": "event is old"}
        state = State.read(ledger.read(STATE, STATE).get(STATE, {}), now)
        days = _days(ledger, now)
        changed = _write_down_sent(run, days, state, lease.through, now)
        left = left_between(run, max(state.first, now - HISTORY_DAYS * MINUTES_A_DAY), now)
        anomaly = _judge(days, left, state, now)
        state = state.after(anomaly, now)
        changed |= _leave_out(days, anomaly)
        failure: ActionError | None = None
        if anomaly is not None and not state.announced:
            try:
                _say(run, anomaly, left)
                state = replace(state, announced=now)
            except ActionError as error:
                failure = error
        burns = state.is_burning(now)
        payloads = {day: pack(day, days[day]) for day in sorted(changed)}
        payloads[STATE] = pack(STATE, state.to_tally())
        reached = advance(lease.through, counted_until=now, wall_minute=int(run.clock() // 60))
        with lease.emission():
            run.emit([_datapoint(run, burns=burns, now=now)])
            lease.commit(payloads, reached, gives_back=True)
    if failure is not None:
        raise failure
    return {"anomaly": _summary(anomaly) if anomaly else burns}


def _days(ledger: Ledger, now: int) -> Days:
    read = ledger.read(day_bucket(now - HISTORY_DAYS * MINUTES_A_DAY), day_bucket(now))
    return {day: dict(tally) for day, tally in read.items()}


def _write_down_sent(
    run: UnsubscribeRun, days: Days, state: State, through: int | None, now: int
) -> set[str]:
    """Count e-mails by slot anew, as far back as they can have changed; name the days."""
    oldest = max(state.first, now - OLDEST_MINUTES)
    since = max((now if through is None else through) - RECOUNT_MINUTES, oldest)
    since -= since % SLOT_MINUTES
    slots: defaultdict[int, int] = defaultdict(int)
    for (minute, _), count in sent_between(run, since, now).items():
        slots[minute // SLOT_MINUTES] += count
    changed = set()
    for slot in range(since // SLOT_MINUTES, -(-now // SLOT_MINUTES)):
        day, key = day_bucket(slot * SLOT_MINUTES), (SENT, slot % SLOTS_A_DAY)
        known = days.setdefault(day, {})
        if known.get(key, 0) != slots[slot]:
            known[key] = slots[slot]
            changed.add(day)
    return changed


def _judge(days: Days, left: Counts, state: State, now: int) -> Anomaly | None:
    slot = now // SLOT_MINUTES
    first = max(-(-state.first // SLOT_MINUTES), slot - HISTORY_DAYS * SLOTS_A_DAY)
    sent: dict[int, int] = {}
    excluded = set()
    for day, tally in days.items():
        begin = to_minute(datetime.fromisoformat(f"{day}T00:00+00:00")) // SLOT_MINUTES
        for (kind, number), count in tally.items():
            at = begin + int(number)
            if kind == SENT:
                sent[at] = count
            else:
                excluded.add(at)
    by_slot: Counter[int] = Counter()
    for (minute, _), count in left.items():
        by_slot[minute // SLOT_MINUTES] += count
    history = History.of(first, max(first, slot), sent=sent, left=by_slot, excluded=excluded)
    return Detector(history).judge(slot)


def _leave_out(days: Days, anomaly: Anomaly | None) -> set[str]:
    """Mark the slots of a spike: they are no example of an ordinary hour."""
    changed = set()
    if anomaly is not None and anomaly.kind is Kind.SPIKE:
        for slot in range(anomaly.since, anomaly.until):
            day, key = day_bucket(slot * SLOT_MINUTES), (EXCLUDED, slot % SLOTS_A_DAY)
            if key not in days.setdefault(day, {}):
                days[day][key] = 1
                changed.add(day)
    return changed


def _datapoint(run: UnsubscribeRun, *, burns: bool, now: int) -> Datapoint:
    series = UNSUBSCRIBE_ANOMALY.series(Environment=run.settings.environment)
    # The last minute that was counted, like every zero of this function.
    return Datapoint(series=series, values=(float(burns),), timestamp=to_datetime(now - 1))


def _say(run: UnsubscribeRun, anomaly: Anomaly, left: Counts) -> None:
    if run.settings.anomaly_topic:
        since = anomaly.since * SLOT_MINUTES
        types = in_order(by_type(left, since, anomaly.until * SLOT_MINUTES))
        announce(
            run,
            run.settings.anomaly_topic,
            subject=f"P2 unsubscribe {anomaly.kind} in {run.settings.environment}: "
            f"{anomaly.observed} left, {anomaly.expected:.1f} expected",
            text=describe(run.settings.environment, run.settings.docs_url, anomaly, types),
        )


def describe(
    environment: str, docs_url: str, anomaly: Anomaly, types: list[tuple[str, int]]
) -> str:
    """Write what can be read alone: what, how many, since when, which mails, what to do."""
    since = to_datetime(anomaly.since * SLOT_MINUTES)
    until = to_datetime(anomaly.until * SLOT_MINUTES)
    what = "More people unsubscribe than usual"
    if anomaly.kind is Kind.DRIFT:
        what = "A little more people unsubscribe every day than in the weeks before"
    top = ", ".join(f"{name} {count}" for name, count in types[:TOP_TYPES]) or "none"
    usual = f"{anomaly.expected:.1f} ({anomaly.lift:.1f} times as many)"
    return f"""{what} (Storytailor, {environment}).

Left: {anomaly.observed}; usual for this weekday and hour: {usual}.
Since: {since:%Y-%m-%d %H:%M} UTC, counted up to {until:%H:%M} UTC.
By chance: 1 in 10^{-anomaly.log10_probability:.0f}.
Most over: {top}.

What to do: look at the newest mail of the first type named above. If its content, its recipients or
its frequency are wrong, switch its pipeline off:
/storytailor-{environment}/pipelines/<pipeline>/enabled to false.
Runbook: {docs_url}/runbooks/storytailor.md#storytailor-unsubscribe-anomaly
This is said once; the alarm storytailor-unsubscribe-anomaly tells when it is over.
"""


def _summary(anomaly: Anomaly) -> Mapping[str, object]:
    return {
        "kind": str(anomaly.kind),
        "observed": anomaly.observed,
        "expected": round(anomaly.expected, 2),
        "log10_probability": round(anomaly.log10_probability, 1),
    }
