"""Every rule that AWS does not publish and the engine had to infer, in this one place.

Each is the reading that fits the recordings and reports that exist. A verdict that rests on one
carries its name (`Transition.inferred`), so that nobody takes an inference for a promise of AWS.
"""

from enum import StrEnum
from typing import Final

# Slots fetched beyond the evaluation periods: the published tables fetch 5 for N = 3, two dated
# reports fit N + 2 to the minute, and a recording with a 10 s period fetched N + 6.
EXTRA_SLOTS: Final = 2
HIGH_RESOLUTION_EXTRA_SECONDS: Final = 60

# Alarms whose window is longer than a day are evaluated on the hour.
MULTI_DAY_SECONDS: Final = 86_400
MULTI_DAY_STEP_SECONDS: Final = 3_600

# Percentiles come from a logarithmic histogram whose bins grow by this ratio.
HISTOGRAM_RATIO: Final = 1.1


class Inference(StrEnum):
    """Name an inferred rule, in the words a verdict carries."""

    EVALUATION_RANGE = "evaluation-range"  # the size of the range decided: extra slots took part
    YOUNG_BREACH = "young-breach"  # a lone fresh breaching point: INSUFFICIENT_DATA
    IGNORED_WITH_GOOD_POINT = "ignored-with-good-point"  # `ignore`, undecided, a good point: OK
    PERCENTILE = "percentile"  # the value came from the histogram's inner bins
    PHANTOM_ZERO = "phantom-zero"  # an operator or IF counted a gap as 0
    FILL_EMPTY = "fill-empty"  # FILL of a metric without any point in the range
    GAPS_IN_AGGREGATE = "gaps-in-aggregate"  # AVG or STDDEV counted gaps in its denominator
    WALL_CLOCK_RANGE = "wall-clock-range"  # the range of a wall-clock window
    WARM_UP_FILLED = "warm-up-filled"  # data filled the window before the warm-up was over
    MIXED_AND_OR = "mixed-and-or"  # AND and OR without parentheses: AND first
    AT_LEAST_SHARE = "at-least-share"  # a percentage of alarms, rounded up
    MUTE_BEFORE_SUPPRESSOR = "mute-before-suppressor"  # both were active
    FILTER_VALUE = "filter-value"  # a line's value is absent or no number: no datapoint
    FILTER_ABSENT_FIELD = "filter-absent-field"  # != on a field that a line lacks: no match
    FILTER_EMPTY_PATTERN = "filter-empty-pattern"  # an empty filter pattern: every line
    FILTER_LAST_FIELD = "filter-last-field"  # the last plain field takes the rest of a line


def count_extra_slots(period_seconds: int) -> int:
    """Return how many slots beyond N an evaluation fetches."""
    if period_seconds >= 60:
        return EXTRA_SLOTS
    return HIGH_RESOLUTION_EXTRA_SECONDS // period_seconds
