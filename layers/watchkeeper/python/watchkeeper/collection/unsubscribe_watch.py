"""What unsubscribe_spike does: count, then act on what was counted."""

from collections.abc import Mapping

from watchkeeper.collection.unsubscribe_anomaly import watch_anomaly
from watchkeeper.collection.unsubscribe_switch import guard
from watchkeeper.collection.unsubscribes import UnsubscribeRun, count_unsubscribes
from watchkeeper.definitions.errors import LedgerBusyError, WatchkeeperError


def watch_unsubscribes(run: UnsubscribeRun) -> Mapping[str, object]:
    """Count e-mails and unsubscribes; guard the sender's reputation; look for what is unusual.

    While the count is behind nothing is judged. Neither the guard nor the detector keeps the other
    from its work; what failed is raised once both had their turn.
    """
    summary = dict(count_unsubscribes(run))
    if summary.get("minutes_behind", 1):
        return summary
    failures: list[WatchkeeperError] = []
    for step in (guard, watch_anomaly):
        try:
            summary |= step(run)
        except LedgerBusyError:
            summary["skipped"] = step.__name__
        except WatchkeeperError as error:
            run.log.exception("a step failed", extra={"step": step.__name__})
            failures.append(error)
    if failures:
        raise failures[0]
    return summary
