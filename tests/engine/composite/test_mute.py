"""When mute rules mute: schedules, time zones, the life of a rule, and windows that overlap."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.engine.composite.mute import MuteRule, Window, find_window
from rehearsal.engine.composite.schedule import (
    find_zone,
    list_starts,
    parse_duration_seconds,
    parse_schedule,
)
from rehearsal.engine.errors import AlarmError

ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm-mute-rule:night"


def at(text: str) -> int:
    """Read a moment in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def rule(
    expression: str,
    duration: str = "PT2H",
    *,
    timezone: str = "UTC",
    starts: int | None = None,
    expires: int | None = None,
    arn: str = ARN,
) -> MuteRule:
    """Build a rule that mutes the alarm `disk`."""
    return MuteRule(
        name="night",
        arn=arn,
        alarms=("disk",),
        expression=expression,
        duration=duration,
        timezone=timezone,
        starts=starts,
        expires=expires,
    )


def starts_of(expression: str, first: str, last: str, timezone: str = "UTC") -> list[str]:
    """List when a schedule begins, in UTC."""
    zone = find_zone(timezone)
    found = list_starts(parse_schedule(expression), zone, at(first), at(last))
    return [f"{datetime.fromtimestamp(start, UTC):%Y-%m-%dT%H:%M}" for start in found]


@pytest.mark.parametrize(
    ("expression", "first", "last", "expected"),
    [
        ("cron(0 2 * * *)", "03-01T00:00", "03-02T02:00", "03-01T02:00 03-02T02:00"),
        ("cron(0 2 * * SUN)", "03-01T00:00", "03-08T00:00", "03-01T02:00"),
        ("cron(0 2 * * 0)", "03-01T00:00", "03-08T00:00", "03-01T02:00"),
        ("cron(0 2 * * 7)", "03-01T00:00", "03-08T00:00", "03-01T02:00"),
        ("cron(0 1 1 * *)", "01-31T00:00", "03-02T00:00", "02-01T01:00 03-01T01:00"),
        ("cron(0 18 * * fri)", "03-02T00:00", "03-08T00:00", "03-06T18:00"),
        ("cron(30 8,20 * * *)", "03-01T00:00", "03-01T23:00", "03-01T08:30 03-01T20:30"),
        ("cron(0-1 8 * * *)", "03-01T00:00", "03-02T00:00", "03-01T08:00 03-01T08:01"),
        ("cron(0 0 31 * *)", "01-01T00:00", "04-01T00:00", "01-31T00:00 03-31T00:00"),
        ("cron(0 0 * JAN-MAR MON-TUE)", "03-25T00:00", "04-30T00:00", "03-30T00:00 03-31T00:00"),
        # Both days given: one of them is enough, as in every cron.
        ("cron(0 0 13 3 FRI)", "03-05T00:00", "03-16T00:00", "03-06T00:00 03-13T00:00"),
        ("cron(0 0 5 3 FRI)", "03-04T00:00", "03-12T00:00", "03-05T00:00 03-06T00:00"),
        ("at(2026-03-05T14:00)", "03-01T00:00", "03-31T00:00", "03-05T14:00"),
        ("at(2026-03-05T14:00)", "03-06T00:00", "03-31T00:00", ""),
        ("cron(0 0 29 2 *)", "01-01T00:00", "12-31T00:00", ""),
    ],
)
def test_a_schedule_begins_when_its_fields_say(
    expression: str, first: str, last: str, expected: str
) -> None:
    found = starts_of(expression, f"2026-{first}", f"2026-{last}")
    assert found == [f"2026-{moment}" for moment in expected.split()]


def test_a_schedule_follows_its_time_zone_through_the_change_of_clocks() -> None:
    march = starts_of("cron(30 2 * * *)", "2026-03-28", "2026-03-30T23:00", "Europe/Berlin")
    assert march == ["2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"]
    october = starts_of("cron(30 2 * * *)", "2026-10-24", "2026-10-26T23:00", "Europe/Berlin")
    assert october == ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("cron(0 2 * * ? *)", "has 5 fields (minute, hour, day, month, weekday), not 6"),
        ("cron(0 2 * *)", "not 4"),
        (
            "cron(0 2 ? * *)",
            "the day of the month '?' of a cron expression must be made of 1 to 31",
        ),
        ("cron(60 2 * * *)", "the minute '60'"),
        ("cron(*/5 * * * *)", "the minute '*/5'"),
        ("cron(0 24 * * *)", "the hour '24'"),
        ("cron(0 0 0 * *)", "the day of the month '0'"),
        (
            "cron(0 0 * 13 *)",
            "the month '13' of a cron expression must be made of 1 to 12 or JAN to",
        ),
        ("cron(0 0 * * 8)", "the day of the week '8'"),
        ("cron(0 0 * * FRI-MON)", "'FRI-MON' of a cron expression runs backwards"),
        ("cron(0 0 1- * *)", "the day of the month '1-'"),
        ("cron(0 0 1,, * *)", "the day of the month '1,,'"),
        ("cron(² 0 1 * *)", "the minute '²'"),
        ("cron(0 0 * * *", "is cron(…) or at(yyyy-MM-ddThh:mm), not 'cron(0 0 * * *'"),
        ("rate(5 minutes)", "is cron(…) or at("),
        ("at(2026-03-05 14:00)", "at(…) takes yyyy-MM-ddThh:mm, not '2026-03-05 14:00'"),
        ("at(2026-02-30T14:00)", "at(…) takes a moment that exists"),
        ("", "not ''"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_refused(expression: str, message: str) -> None:
    with pytest.raises(AlarmError) as caught:
        rule(expression)
    assert message in str(caught.value)
    assert "mute rule 'night': " in str(caught.value)


@given(st.text(alphabet="0123456789*,-/?SUNJAF crontyZ()T:", max_size=30))
def test_any_schedule_is_read_or_refused_and_never_anything_else(text: str) -> None:
    for expression in (text, f"cron({text})", f"at({text})"):
        try:
            schedule = parse_schedule(expression)
        except AlarmError:
            continue
        list(list_starts(schedule, find_zone("UTC"), 0, 86_400))


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("PT1M", 60),
        ("PT4H", 14_400),
        ("P2DT12H", 216_000),
        ("P15D", 1_296_000),
        ("PT90S", 90),
        ("PT1H30M", 5_400),
    ],
)
def test_a_duration_is_read_in_seconds(duration: str, seconds: int) -> None:
    assert parse_duration_seconds(duration) == seconds


@pytest.mark.parametrize(
    "duration", ["PT59S", "P15DT1S", "P", "PT", "P1DT", "4H", "PT4", "P1M", "P999D", "", "PT-1H"]
)
def test_a_duration_out_of_bounds_is_refused(duration: str) -> None:
    with pytest.raises(AlarmError, match="lasts from PT1M to P15D"):
        rule("cron(0 2 * * *)", duration)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "/etc/passwd", "Europe"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(AlarmError, match="is not a time zone"):
        rule("cron(0 2 * * *)", timezone=zone)


def test_a_rule_names_at_most_100_alarms() -> None:
    many = tuple(f"a{number}" for number in range(101))
    with pytest.raises(AlarmError, match="at most 100 alarms, not 101"):
        MuteRule(name="n", arn=ARN, alarms=many, expression="cron(0 2 * * *)", duration="PT1H")


def test_a_window_includes_its_start_and_not_its_end() -> None:
    night = rule("cron(0 2 * * *)")
    start, end = at("2026-03-01T02:00"), at("2026-03-01T04:00")
    window = Window(rule_arn=ARN, start=start, end=end)
    found = {
        moment: find_window([night], "disk", moment)
        for moment in (start - 0.001, start, end - 0.001, end)
    }
    assert list(found.values()) == [None, window, window, None]


def test_a_rule_mutes_only_the_alarms_it_names() -> None:
    night = rule("cron(0 2 * * *)")
    assert find_window([night], "cpu", at("2026-03-01T03:00")) is None
    assert find_window([], "disk", at("2026-03-01T03:00")) is None


def test_of_several_windows_the_one_that_ends_last_counts() -> None:
    rules = [
        rule("cron(0 2 * * *)", "PT4H", arn="long"),
        rule("cron(0 3 * * *)", "PT1H", arn="short"),
    ]
    window = find_window(rules, "disk", at("2026-03-01T03:30"))
    assert window == Window(
        rule_arn="long", start=at("2026-03-01T02:00"), end=at("2026-03-01T06:00")
    )


def test_a_rule_that_overlaps_itself_mutes_until_its_latest_window_ends() -> None:
    window = find_window([rule("cron(0 * * * *)", "PT90M")], "disk", at("2026-03-01T03:10"))
    assert window is not None
    assert window.end == at("2026-03-01T04:30")


def test_a_long_window_that_began_days_ago_still_mutes() -> None:
    shutdown = rule("at(2026-12-20T18:00)", "P15D", timezone="America/New_York")
    assert find_window([shutdown], "disk", at("2027-01-04T22:59")) is not None
    assert find_window([shutdown], "disk", at("2027-01-04T23:00")) is None


def test_a_rule_mutes_only_within_its_own_life() -> None:
    bounded = rule("cron(0 2 * * *)", starts=at("2026-03-02T00:00"), expires=at("2026-03-03T03:00"))
    windows = list(bounded.list_windows(at("2026-03-01"), at("2026-03-05")))
    assert [(window.start, window.end) for window in windows] == [
        (at("2026-03-02T02:00"), at("2026-03-02T04:00")),
        (at("2026-03-03T02:00"), at("2026-03-03T03:00")),
    ]
