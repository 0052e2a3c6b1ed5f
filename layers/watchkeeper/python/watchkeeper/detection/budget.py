"""How improbable is improbable enough, when only so many pages a year may be wrong.

Where few people leave, ten of them are improbable anyhow and the gates alone keep chance out.
Where about five an hour do, chance passes the gates now and then, and only there the limit has to
be strict. So it is not a number but what is left of a budget.
"""

from collections.abc import Sequence


def limit_within(allowed: float, chances: Sequence[float]) -> float:
    """Return the highest limit for which the sum of chances, none above the limit, is allowed.

    A chance is how probable it is that an hour passes the gates by itself.
    """
    left = allowed
    remaining = len(chances)
    for chance in sorted(chances):
        if chance * remaining >= left:
            return left / remaining
        left -= chance
        remaining -= 1
    return 1.0
