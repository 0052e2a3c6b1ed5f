"""What a scenario says, as frozen types: nothing here knows a table, an alarm or a threshold."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from rehearsal.engine.metrics.notation import NotationError, parse_notation
from rehearsal.scenario.notation import (
    format_duration,
    parse_duration,
    refuse_bad_placeholders,
)

MAX_LASTS_SECONDS = 35 * 86_400
MAX_HABIT_DAYS = 35


def _duration(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError(f"found {value!r}, expected a duration such as 1h30m, 45m or 2d")  # noqa: TRY004
    return parse_duration(value)


def _series(value: object) -> tuple[float | None, ...]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (float(value),)
    if not isinstance(value, str):
        raise ValueError(f"found {value!r}, expected a series such as 0x10 25x3 _x2")  # noqa: TRY004
    try:
        return parse_notation(value)
    except NotationError as error:
        raise ValueError(str(error)) from error


def _row_counts(series: tuple[float | None, ...]) -> tuple[float | None, ...]:
    for value in series:
        if value is not None and (value < 0 or value != int(value)):
            raise ValueError(f"found {value:g} rows in a minute, expected a whole number")
    return series


def _moment(value: object) -> object:
    if isinstance(value, datetime) and value.utcoffset() != timedelta(0):
        raise ValueError(f"found {value}, expected a time in UTC such as 2026-03-10T14:00:00Z")
    if isinstance(value, datetime) and (value.second or value.microsecond):
        raise ValueError(f"found {value}, expected a whole minute")
    return value


def _values(value: dict[str, Any]) -> dict[str, Any]:
    refuse_bad_placeholders(value)
    for name, item in value.items():
        if isinstance(item, list) and not item:
            raise ValueError(f"{name} is an empty list, expected values to take in turn")
    return value


Duration = Annotated[int, BeforeValidator(_duration)]
Series = Annotated[tuple[float | None, ...], BeforeValidator(_series)]
RowCounts = Annotated[Series, AfterValidator(_row_counts)]
Text = Annotated[str, Field(min_length=1)]
Values = Annotated[dict[str, Any], AfterValidator(_values)]


class Frozen(BaseModel):
    """Refuse what is unknown, and change no more."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Happening(Frozen):
    """Say from when to when something holds; without an end it lasts to the end."""

    since: Duration = Field(default=0, alias="from")
    until: Duration | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _refuse_reversed(self) -> Self:
        if self.until is not None and self.until <= self.since:
            raise ValueError(
                f"to is {format_duration(self.until)}, expected later than from, "
                f"{format_duration(self.since)}"
            )
        return self

    def holds_at(self, offset: float) -> bool:
        """Tell whether it holds so many seconds after the start."""
        return self.since <= offset and (self.until is None or offset < self.until)


class Insert(Frozen):
    """Let rows come, so many a minute from `at` on; they are seen `lag` after their own time."""

    table: Text
    at: Duration = 0
    rows: RowCounts
    values: Values = Field(default_factory=dict)
    lag: Duration = 0


class Habit(Insert):
    """Let rows have come on each of so many days before the start, `at` after its time of day.

    The functions of `counted_by` have run meanwhile, once a week, and know them.
    """

    days: int = Field(ge=1, le=MAX_HABIT_DAYS)
    counted_by: tuple[Text, ...] = ()


class Update(Frozen):
    """Let rows change, the oldest first, so many a minute from `at` on.

    `where` picks them by equality (a list means any of its values); `younger_than` and
    `older_than` by their age.
    """

    table: Text
    at: Duration = 0
    rows: RowCounts
    set: Values
    where: dict[str, Any] = Field(default_factory=dict)
    younger_than: Duration | None = None
    older_than: Duration | None = None

    @model_validator(mode="after")
    def _refuse_nothing(self) -> Self:
        if not self.set:
            raise ValueError("set is empty, expected the columns that change")
        return self


class Truncate(Frozen):
    """Let a table be emptied."""

    table: Text
    at: Duration = 0


class Endpoint(Happening):
    """Say how a function that is called answers; `payload` limits it to calls that contain it."""

    function: Text
    answers: Literal["error", "throttled", "slow", "wrong", "unreachable", "missing"]
    payload: str = ""
    seconds: float = Field(default=0.0, ge=0)
    says: str = ""

    @model_validator(mode="after")
    def _refuse_half_said(self) -> Self:
        if self.answers == "slow" and not self.seconds:
            raise ValueError("answers slow, expected seconds to say how slow")
        if self.answers == "wrong" and not self.says:
            raise ValueError("answers wrong, expected says with the wrong text")
        return self


class Parameter(Happening):
    """Say what a parameter holds, or that it is gone; afterwards it is as before."""

    name: Text
    value: Text | None = None
    missing: bool = False

    @model_validator(mode="after")
    def _refuse_both(self) -> Self:
        if (self.value is None) != self.missing:
            raise ValueError("expected either a value or missing = true")
        return self


class Rule(Happening):
    """Say the state of an EventBridge rule."""

    name: Text
    state: Literal["DISABLED", "MISSING"]


class DatabaseCondition(Happening):
    """Say how the database is."""

    condition: Literal["down", "refusing-logins", "slow"] = Field(alias="is")
    seconds: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _refuse_half_said(self) -> Self:
        if self.condition == "slow" and not self.seconds:
            raise ValueError("is slow, expected seconds to say how slow each query is")
        return self


class QueryAnswer(Happening):
    """Say what a query of the suite finds, in place of what is there: `rows` by column.

    For what no rehearsal can bring about in a moment: a table of 100 MB, a function that is slow.
    One without `from` holds during the warm-up too: what a run compares with may lie there.
    """

    query: Text
    rows: tuple[dict[str, Any], ...] = ()

    def holds_at(self, offset: float) -> bool:
        """Tell whether it holds so many seconds after the start."""
        return super().holds_at(offset if self.since else max(offset, 0.0))


class CostFact(Frozen):
    """Say what a service of AWS costs on every day that Cost Explorer is asked about."""

    service: Text
    usd: float = Field(ge=0)


class AwsMetric(Frozen):
    """Let AWS emit a metric: one value a minute from `at` on, seen `delay` after its minute."""

    namespace: Text
    metric: Text
    dimensions: dict[str, str] = Field(default_factory=dict)
    at: Duration = 0
    values: Series
    unit: str | None = None
    delay: Duration = 60


class SuiteFault(Happening):
    """Say what befalls one of the suite's own functions.

    `stopped`: its schedule is off. `unstartable`: the schedule may not start it. `throttled`:
    Lambda has no room for it. `crashing`: its process dies before it does anything. `killed`: it
    dies between emitting and committing. `late-logs`: its log arrives `delay` late. `redeployed`:
    a new process at `from`.
    """

    function: Text
    fault: Literal[
        "stopped", "unstartable", "throttled", "crashing", "killed", "late-logs", "redeployed"
    ] = Field(alias="is")
    delay: Duration = 0

    @model_validator(mode="after")
    def _refuse_half_said(self) -> Self:
        if (self.fault == "late-logs") != bool(self.delay):
            raise ValueError("expected a delay with late-logs, and only there")
        return self


class Told(Frozen):
    """Tell a function of the suite other settings than its template does: these, by name."""

    function: Text
    settings: Annotated[dict[str, Any], Field(min_length=1)]


class QueueEmptied(Frozen):
    """Let somebody empty a queue."""

    name: Text
    emptied: Duration


class Expectation(Frozen):
    """Expect an alarm to fire between two moments, and perhaps to recover between two others.

    The page must say every text of `page_says` and reach every topic or severity of `reaches`;
    the alarms of `along_with` fire in the same stretch of time, without further demands.
    """

    alarm: Text
    fires: tuple[Duration, Duration]
    recovers: tuple[Duration, Duration] | None = None
    page_says: tuple[Text, ...] = ()
    reaches: tuple[Text, ...] = ()
    along_with: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _refuse_disorder(self) -> Self:
        stretches = [self.fires, *([self.recovers] if self.recovers else [])]
        moments = [moment for stretch in stretches for moment in stretch]
        if any(first > last for first, last in stretches) or self.fires[0] > moments[-1]:
            shown = ", ".join(format_duration(moment) for moment in moments)
            raise ValueError(f"found the moments {shown}, expected each stretch in order")
        return self


class Deed(Frozen):
    """Expect a function to do something to others between two moments, with every text in it."""

    between: tuple[Duration, Duration]
    says: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _refuse_disorder(self) -> Self:
        first, last = self.between
        if first > last:
            shown = f"{format_duration(first)} and {format_duration(last)}"
            raise ValueError(f"found between {shown}, expected the earlier moment first")
        return self


class Message(Deed):
    """Expect a function itself to publish one message to each topic or severity of `reaches`."""

    reaches: Annotated[tuple[Text, ...], Field(min_length=1)]


class Written(Deed):
    """Expect a function to write a parameter; `says` are texts of its description."""

    parameter: Text
    value: Text


class NearMiss(Frozen):
    """Expect an alarm to stay quiet, and say why it might not have."""

    alarm: Text
    because: Text


class Scenario(Frozen):
    """Be one incident; offsets are seconds after `starts`.

    The world is healthy and runs for `warm_up` before the start. The newest backup is `backup_age`
    old at the start.
    """

    title: Text
    story: Text
    runbook: Text
    workload: Text
    environment: Text = "production"
    starts: Annotated[datetime, BeforeValidator(_moment)]
    lasts: Duration
    warm_up: Duration = 3600
    backup_age: Duration = 5 * 86_400
    background: Text = "ordinary"
    habit: tuple[Habit, ...] = ()
    insert: tuple[Insert, ...] = ()
    update: tuple[Update, ...] = ()
    truncate: tuple[Truncate, ...] = ()
    endpoint: tuple[Endpoint, ...] = ()
    parameter: tuple[Parameter, ...] = ()
    rule: tuple[Rule, ...] = ()
    database: tuple[DatabaseCondition, ...] = ()
    answer: tuple[QueryAnswer, ...] = ()
    cost: tuple[CostFact, ...] = ()
    aws: tuple[AwsMetric, ...] = ()
    suite: tuple[SuiteFault, ...] = ()
    told: tuple[Told, ...] = ()
    queue: tuple[QueueEmptied, ...] = ()
    expect: tuple[Expectation, ...] = ()
    message: tuple[Message, ...] = ()
    written: tuple[Written, ...] = ()
    quiet: tuple[NearMiss, ...] = ()

    @model_validator(mode="after")
    def _refuse_pointless(self) -> Self:
        if not 0 < self.lasts <= MAX_LASTS_SECONDS:
            raise ValueError(
                f"lasts {format_duration(self.lasts)}, expected more than 0, up to 35d"
            )
        if not self.expect and not self.quiet:
            raise ValueError("expects nothing, expected at least one [[expect]] or [[quiet]]")
        return self

    @property
    def start(self) -> int:
        """Give the start in seconds since 1970."""
        return int(self.starts.astimezone(UTC).timestamp())

    @property
    def end(self) -> int:
        """Give the end in seconds since 1970."""
        return self.start + self.lasts
