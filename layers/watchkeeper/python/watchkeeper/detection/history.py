"""What has been counted, in slots of five minutes: e-mails sent, and people who left."""

import itertools
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import accumulate

SLOT_MINUTES = 5
SLOTS_AN_HOUR = 60 // SLOT_MINUTES
SLOTS_A_DAY = 24 * SLOTS_AN_HOUR
SLOTS_A_WEEK = 7 * SLOTS_A_DAY
# E-mails by their age, in steps that widen up to a day: most who leave do it soon.
AGES_SLOTS = (0, 2, 4, 6, 9, 12, 24, 48, 96, SLOTS_A_DAY)
Mails = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class History:
    """Hold counts of slots since `first`; slots are numbered from 1970 on.

    `sent` and `left` are running totals, one longer than there are slots, so that any stretch is
    a difference. `excluded` names slots that are no example of an ordinary hour.
    """

    first: int
    sent: Sequence[int]
    left: Sequence[int]
    excluded: AbstractSet[int] = field(default_factory=frozenset)
    _sums: Sequence[int] = field(init=False, repr=False, compare=False, default=())
    _known: dict[tuple[int, int], Mails] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Refuse totals of different length."""
        if not self.sent or len(self.sent) != len(self.left):
            raise ValueError(
                f"{len(self.sent)} totals of sent and {len(self.left)} of left, "
                "expected as many of both and at least one"
            )
        # Running totals of the running totals: mails in every slot of a stretch are a difference.
        object.__setattr__(self, "_sums", list(accumulate(self.sent, initial=0)))

    @classmethod
    def of(
        cls,
        first: int,
        until: int,
        *,
        sent: Mapping[int, int],
        left: Mapping[int, int],
        excluded: AbstractSet[int] = frozenset(),
    ) -> "History":
        """Make it of counts by slot, from `first` up to but not including `until`."""
        slots = range(first, until)
        return cls(
            first=first,
            sent=list(accumulate((sent.get(slot, 0) for slot in slots), initial=0)),
            left=list(accumulate((left.get(slot, 0) for slot in slots), initial=0)),
            excluded=excluded,
        )

    @property
    def until(self) -> int:
        """Return the slot after the last one."""
        return self.first + len(self.sent) - 1

    def sent_in(self, since: int, until: int) -> int:
        """Count e-mails sent in the slots from `since` up to but not including `until`."""
        return self.sent[self._at(until)] - self.sent[self._at(since)]

    def left_in(self, since: int, until: int) -> int:
        """Count unsubscribes in the slots from `since` up to but not including `until`."""
        return self.left[self._at(until)] - self.left[self._at(since)]

    def mails(self, since: int, until: int) -> Mails:
        """Count the e-mails over which somebody could just leave, by age, once in each slot."""
        stretch = since, until
        if stretch not in self._known:
            # How often a mail of that age or younger was there to be left over.
            ages = [self._summed(since, until, age) for age in AGES_SLOTS]
            self._known[stretch] = tuple(a - b for a, b in itertools.pairwise(ages))
        return self._known[stretch]

    def is_ordinary(self, since: int, until: int) -> bool:
        """Tell whether none of these slots is left out."""
        return not self.excluded or self.excluded.isdisjoint(range(since, until))

    def _summed(self, since: int, until: int, age: int) -> int:
        """Add up the running totals that end each slot, `age` slots earlier."""
        return self._totals_at(until + 1 - age) - self._totals_at(since + 1 - age)

    def _totals_at(self, slot: int) -> int:
        return self._sums[min(max(slot - self.first, 0), len(self._sums) - 1)]

    def _at(self, slot: int) -> int:
        return min(max(slot - self.first, 0), len(self.sent) - 1)
