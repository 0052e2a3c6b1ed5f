"""How often schedule expressions fire."""

import pytest

from rehearsal.lint.cadence import read_cadence


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("rate(5 minutes)", 300),
        ("rate(1 hour)", 3600),
        ("rate(2 days)", 172_800),
        ("cron(0 5 1 * ? *)", 86_400),
        ("cron(0/15 * * * ? *)", 900),
        ("cron(*/10 8-17 ? * MON-FRI *)", 600),
        ("cron(50,55 23 * * ? *)", 300),
        ("cron(55 23,0 * * ? *)", 3600),
        ("cron(* * * * ? *)", 60),
        ("cron(0 0-999999999999 * * ? *)", 3600),
        ("cron(0 30 * * ? *)", None),
        ("cron(later * * * ? *)", None),
        ("cron(0 5 * * *)", None),
        ("at(2026-11-21T10:00:00)", None),
        ("", None),
    ],
)
def test_the_shortest_gap_between_two_starts(expression: str, seconds: int | None) -> None:
    assert read_cadence(expression) == seconds
