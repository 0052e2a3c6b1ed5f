"""Which conditions read silence as 0, and which must not."""

import pytest

from watchkeeper.aws_metrics import LAMBDA_DURATION, LAMBDA_ERRORS, LAMBDA_INVOCATIONS
from watchkeeper.definitions.alarm import (
    Expression,
    Statistic,
    Threshold,
    TreatMissingData,
    Window,
)
from watchkeeper.definitions.conditions import (
    FIVE_MINUTES,
    ONE_DAY,
    ONE_HOUR,
    TWO_OF_THREE,
    above,
    below,
    check_failing,
    numbered,
    percent,
    total,
)
from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.engine_metrics import MINUTES_BEHIND, ROWS_FOLDED, RUN_SUCCEEDED

ERRORS, RUNS = (metric.series(FunctionName="f") for metric in (LAMBDA_ERRORS, LAMBDA_INVOCATIONS))
SUM = Statistic(series=ERRORS, statistic="Sum")
P99 = Statistic(series=LAMBDA_DURATION.series(FunctionName="f"), statistic="p99")
FOLDED = [ROWS_FOLDED.series(Environment="local", Function=job) for job in ("a", "b")]
BEHIND = MINUTES_BEHIND.series(Environment="local", Function="a")
BEAT = RUN_SUCCEEDED.series(Environment="local", Function="a")
TWO_OF_TWO = Window(period_seconds=300, evaluation_periods=2)
WORST = Expression(text="MAX([m1, m2])", metrics=numbered(FOLDED, "Sum"))
TOTAL_OF_P99 = Expression(text="SUM([m1])", metrics={"m1": P99})


def text_of(held: Threshold) -> str:
    return held.watches.text if isinstance(held.watches, Expression) else ""


@pytest.mark.parametrize(
    ("held", "text"),
    [
        (above(SUM, 0, FIVE_MINUTES), "FILL(count, 0)"),
        (above(total(FOLDED), 0, ONE_DAY), "FILL(SUM([m1, m2]), 0)"),
        (
            above(percent(ERRORS, RUNS, minimum=100), 1, ONE_HOUR),
            "IF(FILL(whole, 0) >= 100, 100 * part / whole, 0)",
        ),
        (
            below(percent(ERRORS, RUNS, minimum=20, otherwise=100), 10, ONE_DAY),
            "IF(FILL(whole, 0) >= 20, 100 * part / whole, 100)",
        ),
    ],
)
def test_silence_is_0_to_a_count_or_rate_over_one_window(held: Threshold, text: str) -> None:
    assert text_of(held) == text
    assert held.treat_missing_data is TreatMissingData.NOT_BREACHING


@pytest.mark.parametrize(
    "held",
    [
        above(SUM, 0, TWO_OF_THREE),
        above(total(FOLDED), 0, TWO_OF_TWO),
        above(SUM, 0, FIVE_MINUTES, TreatMissingData.IGNORE),
        above(P99, 30_000, ONE_HOUR),
        above(TOTAL_OF_P99, 30_000, ONE_HOUR),
        above(WORST, 30, FIVE_MINUTES),
        above(Statistic(series=BEHIND, statistic="Maximum"), 30, FIVE_MINUTES),
        below(SUM, 1, FIVE_MINUTES),
        check_failing(BEAT),
        check_failing(BEAT, BEHIND),
    ],
)
def test_silence_stays_silence_elsewhere(held: Threshold) -> None:
    assert "FILL" not in text_of(held)


def test_only_what_takes_no_count_back_has_a_least_one() -> None:
    assert Statistic(series=ERRORS, statistic="Minimum").statistic == "Minimum"
    with pytest.raises(DefinitionError, match="counter with corrections: read it with Sum"):
        Statistic(series=FOLDED[0], statistic="Minimum")
