"""Rows for the rule on mute rules."""

from typing import Any

from tests.lint.samples import Case, resource


def mute(expression: str, duration: str = "PT4H", **properties: Any) -> dict[str, Any]:
    schedule = {"Expression": expression, "Duration": duration}
    return resource(
        "CloudWatch::AlarmMuteRule",
        Rule={"Schedule": schedule},
        MuteTargets={"AlarmNames": ["orders-low"]},
        **properties,
    )


CASES = (
    Case(
        rule="mute-rule-ends",
        name="a day of silence every day",
        resources={"Quiet": mute("cron(0 6 * * *)", "P1D")},
        finds=("mutes for P1D whenever cron(0 6 * * *) comes round",),
    ),
    Case(
        rule="mute-rule-ends",
        name="windows that overlap, in a time zone",
        resources={"Quiet": mute("cron(0 0,12 * * *)", "PT13H")},
        finds=("mutes for PT13H",),
    ),
    Case(
        rule="mute-rule-ends",
        name="a schedule that nobody can read",
        resources={"Quiet": mute("every night")},
        needs=("a mute rule that can be read",),
    ),
    Case(
        rule="mute-rule-ends",
        name="nights, a weekend of two days, a single window, and a rule that expires",
        resources={
            "Nights": mute("cron(0 22 * * *)", "PT8H"),
            "Weekend": mute("cron(0 0 * * SAT)", "P2D"),
            "Move": mute("at(2026-12-01T20:00)", "P15D"),
            "Trial": mute("cron(0 6 * * *)", "P1D", ExpireDate="2027-01-01T00:00:00"),
        },
    ),
)
