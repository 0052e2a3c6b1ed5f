"""Who sends what an alarm reads, and whether an alarm speaks up when the sender falls silent."""

from rehearsal.lint.alarm_view import AlarmView
from rehearsal.lint.facts import Facts
from rehearsal.lint.landscape import Landscape


def list_emitters(alarm: AlarmView, facts: Facts) -> set[str]:
    """Return the emitters of the metrics an alarm reads, as far as they are known."""
    found = (facts.find_metric(read.metric) for read in alarm.reads)
    return {fact.emitter for fact in found if fact and fact.emitter}


def tells_silence(landscape: Landscape, facts: Facts, alarm: AlarmView, emitter: str) -> bool:
    """Tell whether an alarm fires when an emitter falls silent.

    Either missing data is breaching to it, or somebody else measures the emitter: the alarm reads
    metrics of other emitters only, whose own silence is breaching to some alarm.
    """
    if alarm.treatment == "breaching":
        return True
    others = list_emitters(alarm, facts)
    return (
        bool(others)
        and emitter not in others
        and all(_has_own_beat(landscape, facts, other) for other in others)
    )


def _has_own_beat(landscape: Landscape, facts: Facts, emitter: str) -> bool:
    for fact in facts.emitters or ():
        if fact.name == emitter and fact.heartbeat_alarm:
            alarm = landscape.find_alarm(fact.heartbeat_alarm)
            return alarm is not None and alarm.treatment == "breaching"
    return False
