"""Rules are due when EventBridge's own words say so, whatever the calendar does."""

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.definitions.recurrence import Cron, Rate, read_recurrence

# Expression, a moment, and the first two due times after it.
DUE = [
    ("cron(0 20 * * ? *)", "2026-03-10T20:00", ["2026-03-11T20:00", "2026-03-12T20:00"]),
    ("cron(0 20 * * ? *)", "2026-03-10T19:59", ["2026-03-10T20:00", "2026-03-11T20:00"]),
    ("cron(0 10 ? * MON *)", "2026-03-09T10:00", ["2026-03-16T10:00", "2026-03-23T10:00"]),
    ("cron(0 9 ? * 2#1 *)", "2026-05-31T00:00", ["2026-06-01T09:00", "2026-07-06T09:00"]),
    ("cron(0 9 ? * MON#5 *)", "2026-03-01T00:00", ["2026-03-30T09:00", "2026-06-29T09:00"]),
    ("cron(0 9 ? * 6L *)", "2026-02-01T00:00", ["2026-02-27T09:00", "2026-03-27T09:00"]),
    ("cron(0 9 ? * L *)", "2026-02-01T00:00", ["2026-02-07T09:00", "2026-02-14T09:00"]),
    ("cron(0 9 L * ? *)", "2028-02-01T00:00", ["2028-02-29T09:00", "2028-03-31T09:00"]),
    ("cron(0 9 L * ? *)", "2100-02-01T00:00", ["2100-02-28T09:00", "2100-03-31T09:00"]),
    ("cron(0 9 LW * ? *)", "2026-02-01T00:00", ["2026-02-27T09:00", "2026-03-31T09:00"]),
    ("cron(0 9 15W * ? *)", "2026-02-01T00:00", ["2026-02-16T09:00", "2026-03-16T09:00"]),
    # The first of August is a Saturday, the last of May a Sunday: neither leaves its month.
    ("cron(0 9 1W 8 ? *)", "2026-01-01T00:00", ["2026-08-03T09:00", "2027-08-02T09:00"]),
    ("cron(0 9 31W 5 ? *)", "2026-01-01T00:00", ["2026-05-29T09:00", "2027-05-31T09:00"]),
    ("cron(0 9 31 * ? *)", "2026-04-01T00:00", ["2026-05-31T09:00", "2026-07-31T09:00"]),
    ("cron(0 0 29 2 ? *)", "2096-02-29T00:00", ["2104-02-29T00:00", "2108-02-29T00:00"]),
    ("cron(0/30 8 ? * MON-FRI *)", "2026-03-13T08:00", ["2026-03-13T08:30", "2026-03-16T08:00"]),
    ("cron(5,35 */12 1 JAN,jul ? *)", "2026-01-01T12:05", ["2026-01-01T12:35", "2026-07-01T00:05"]),
    ("cron(0 9 10 * ? 2026-2027/1)", "2026-12-10T09:00", ["2027-01-10T09:00", "2027-02-10T09:00"]),
    ("cron(0 9 10 12 ? 2026)", "2026-12-10T09:00", []),
    # The clocks of Berlin and New York change in these nights; a rule's clock does not.
    ("cron(30 2 * * ? *)", "2026-03-28T12:00", ["2026-03-29T02:30", "2026-03-30T02:30"]),
    ("cron(30 2 * * ? *)", "2026-10-24T12:00", ["2026-10-25T02:30", "2026-10-26T02:30"]),
    ("cron(30 2 * * ? *)", "2026-03-07T12:00", ["2026-03-08T02:30", "2026-03-09T02:30"]),
    ("rate(1 minute)", "2026-03-10T20:00", ["2026-03-10T20:01", "2026-03-10T20:02"]),
    ("rate(36 hours)", "2028-02-28T20:00", ["2028-03-01T08:00", "2028-03-02T20:00"]),
    ("rate(7 days)", "2026-12-28T20:00", ["2027-01-04T20:00", "2027-01-11T20:00"]),
]
REFUSED = [
    ("rate(0 minutes)", "expected rate"),
    ("rate(5)", "expected rate"),
    ("every day", "expected rate"),
    ("at(2026-01-31T20:00:00)", "expected rate"),
    ("cron(0 5 1 * ?)", "expected rate"),
    ("cron(0 5 1 * 1 *)", "expected ?"),
    ("cron(0 5 ? * ? *)", "expected ?"),
    ("cron(60 5 1 * ? *)", "'60' is outside 0 to 59"),
    ("cron(0 24 1 * ? *)", "'24' is outside 0 to 23"),
    ("cron(0 5 0 * ? *)", "'0' is outside 1 to 31"),
    ("cron(0 5 32W * ? *)", "'32' is outside 1 to 31"),
    ("cron(0 5 1 MAI ? *)", "'MAI' is no number and no name"),
    ("cron(0 5 ? * 8 *)", "'8' is outside 1 to 7"),
    ("cron(0 5 ? * 2#6 *)", "no number, range or step"),
    ("cron(0 5 ? * FRI-MON *)", "runs backwards"),
    ("cron(0 5 1-X * ? *)", "'X' is no number"),
    ("cron(0/0 5 1 * ? *)", "no number, range or step"),
    ("cron(0 5 1 * ? 1969)", "'1969' is outside 1970 to 2199"),
    ("cron(0 5 30 2 ? *)", "never due"),
    ("cron(0 5 29 2 ? 2100)", "never due"),
    ("cron(0 5 ? 2 MON#5 2026)", "never due"),
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("expression", "after", "expected"), DUE)
def test_a_rule_is_due_when_its_expression_says(
    expression: str, after: str, expected: list[str]
) -> None:
    moment: datetime | None = utc(after)
    for wanted in expected:
        assert moment is not None
        moment = read_recurrence(expression).next_after(moment)
        assert moment == utc(wanted)
    if not expected and moment is not None:
        assert read_recurrence(expression).next_after(moment) is None


@pytest.mark.parametrize(("expression", "why"), REFUSED)
def test_what_eventbridge_refuses_is_refused(expression: str, why: str) -> None:
    with pytest.raises(DefinitionError, match="schedule") as told:
        read_recurrence(expression)
    assert why in str(told.value)


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    moment = datetime.fromisoformat("2026-03-10T22:30:00+02:00")
    assert read_recurrence("cron(0 21 * * ? *)").next_after(moment) == utc("2026-03-10T21:00")


def field(low: int, high: int) -> st.SearchStrategy[str]:
    """Draw a field of numbers, ranges, steps and lists of them."""
    number = st.integers(low, high)
    part = st.one_of(
        st.just("*"),
        number.map(str),
        st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}"),
        st.tuples(number, st.integers(1, 9)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
    )
    return st.lists(part, min_size=1, max_size=3).map(",".join)


def brute_days(day: str, weekday: str) -> set[date]:
    """Find the days of 2028 by the words of the user guide, one day after another."""
    found = set()
    for place in range(366):
        one = date(2028, 1, 1) + timedelta(days=place)
        last = calendar.monthrange(one.year, one.month)[1]
        number = one.isoweekday() % 7 + 1
        fits = {
            "L?": one.day == last,
            "LW?": one == max(nearest for nearest in workdays(one.year, one.month)),
            "?L": number == 7,
        }
        if f"{day}{weekday}" in fits:
            suits = fits[f"{day}{weekday}"]
        elif day.endswith("W"):
            suits = one == nearest_workday(one.year, one.month, int(day[:-1]))
        elif weekday.endswith("L"):
            suits = number == int(weekday[:-1]) and one.day + 7 > last
        elif "#" in weekday:
            wanted, _, nth = weekday.partition("#")
            suits = number == int(wanted) and (one.day + 6) // 7 == int(nth)
        elif day == "?":
            suits = brute_number(weekday, number, 1, 7)
        else:
            suits = brute_number(day, one.day, 1, 31)
        if suits:
            found.add(one)
    return found


def workdays(year: int, month: int) -> list[date]:
    last = calendar.monthrange(year, month)[1]
    days = [date(year, month, day) for day in range(1, last + 1)]
    return [each for each in days if each.isoweekday() < 6]


def nearest_workday(year: int, month: int, day: int) -> date:
    wanted = date(year, month, min(day, calendar.monthrange(year, month)[1]))
    return min(workdays(year, month), key=lambda each: abs((each - wanted).days))


def brute_number(text: str, number: int, low: int, high: int) -> bool:
    """Tell whether a field holds a number, part by part."""
    for part in text.split(","):
        body, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if body == "*" else body).partition("-")
        end = int(last or (high if step else first))
        if int(first) <= number <= end and (number - int(first)) % int(step or 1) == 0:
            return True
    return False


DAYS = st.one_of(
    field(1, 31).map(lambda text: (text, "?")),
    field(1, 7).map(lambda text: ("?", text)),
    st.integers(1, 31).map(lambda day: (f"{day}W", "?")),
    st.integers(1, 7).map(lambda day: ("?", f"{day}L")),
    st.tuples(st.integers(1, 7), st.integers(1, 5)).map(lambda pair: ("?", f"{pair[0]}#{pair[1]}")),
    st.sampled_from([("L", "?"), ("LW", "?"), ("?", "L")]),
)


@given(minute=field(0, 59), hour=field(0, 23), month=field(1, 12), days=DAYS)
def test_every_time_of_a_leap_year_is_the_one_that_trying_each_finds(
    minute: str, hour: str, month: str, days: tuple[str, str]
) -> None:
    day, weekday = days
    text = f"cron({minute} {hour} {day} {month} {weekday} 2028)"
    wanted_days = sorted(
        each for each in brute_days(day, weekday) if brute_number(month, each.month, 1, 12)
    )
    if not wanted_days:
        with pytest.raises(DefinitionError, match="never due"):
            read_recurrence(text)
        return
    found = read_recurrence(text)
    assert isinstance(found, Cron)
    times = list(found.times_since(utc("2028-01-01T00:00")))
    assert sorted({each.date() for each in times}) == wanted_days
    clock = {
        (one, other)
        for one in range(24)
        for other in range(60)
        if brute_number(hour, one, 0, 23) and brute_number(minute, other, 0, 59)
    }
    assert {(each.hour, each.minute) for each in times} == clock
    assert len(times) == len(wanted_days) * len(clock)
    assert times == sorted(times)


@given(
    days=DAYS,
    hour=field(0, 23),
    hours=st.floats(0, 26 * 30 * 24),
)
def test_the_next_time_is_later_and_none_lies_between(
    days: tuple[str, str], hour: str, hours: float
) -> None:
    moment = utc("2026-12-01T00:00") + timedelta(hours=hours)
    found = read_recurrence(f"cron(0 {hour} {days[0]} * {days[1]} *)")
    assert isinstance(found, Cron)
    due = found.next_after(moment)
    assert due is not None
    assert due > moment
    before = found.times_since(moment - timedelta(days=40))
    assert next(each for each in before if each > moment) == due


@given(seconds=st.integers(1, 10**7), count=st.integers(1, 1000))
def test_a_rate_is_due_so_long_after_the_start_before(seconds: int, count: int) -> None:
    moment = utc("2028-02-28T12:00") + timedelta(seconds=seconds)
    found = read_recurrence(f"rate({count} hours)")
    assert isinstance(found, Rate)
    assert found.next_after(moment) == moment + timedelta(hours=count)


def test_the_rarest_expression_is_read_and_answered_quickly() -> None:
    """A search through seconds or days would not come to an end here."""
    found = read_recurrence("cron(0 9 ? 2 MON#5 2100-2199)")
    for year in range(1970, 2112):
        assert found.next_after(datetime(year, 3, 1, tzinfo=UTC)) == utc("2112-02-29T09:00")
