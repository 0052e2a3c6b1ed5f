"""How much goes on in the background of a rehearsal, when nothing is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

from rehearsal.local.traffic_rates import EmailRates, Rates


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Say how much traffic there is; without rates there is none.

    Every watched function is invoked once in `invoked_every_seconds`, besides its health checks.
    """

    rates: Rates | None
    invoked_every_seconds: int


# Nobody unsubscribes or complains unless a scenario says so: of a few hundred e-mails in an hour,
# one person is more than the thresholds allow.
HEALTHY = Rates(email=EmailRates(unsubscribed_fraction=0.0, spam_complaint_fraction=0.0))

PROFILES: Mapping[str, Profile] = {
    "ordinary": Profile(rates=HEALTHY, invoked_every_seconds=1200),
    "quiet": Profile(rates=HEALTHY.scaled(0.002), invoked_every_seconds=7200),
    "grown": Profile(rates=HEALTHY.scaled(10), invoked_every_seconds=120),
    "none": Profile(rates=None, invoked_every_seconds=0),
}
