"""Rows for the rules on metric math."""

from tests.lint.samples import TOPIC_ARN, Case, alarm, composite, compute, math_alarm, read

ERRORS, ALL = read("bad", "Failed"), read("whole", "Orders")
RATE = math_alarm("rate", ERRORS, ALL, compute("100 * bad / whole"))
SILENT_RATE = math_alarm("rate", ERRORS, ALL, compute("bad / whole"), AlarmActions=None)

CASES = (
    Case(
        rule="math-within-limits",
        name="eleven metrics",
        resources={
            "Wide": math_alarm(
                "wide",
                *[read(f"m{number}", f"Metric{number}") for number in range(11)],
                compute("SUM(METRICS())"),
            )
        },
        finds=("reads 11 metrics",),
    ),
    Case(
        rule="math-within-limits",
        name="nothing returned, and too much",
        resources={
            "None": math_alarm("none", read("m1", "Orders"), compute("m1", returns=False)),
            "Both": math_alarm("both", read("m1", "Orders"), compute("m1"), compute("m1", "more")),
        },
        finds=("0 queries return data", "2 queries return data"),
    ),
    Case(
        rule="math-within-limits",
        name="a search",
        resources={
            "Search": math_alarm("search", compute("SUM(SEARCH('{Shop} Orders', 'Sum', 300))"))
        },
        finds=("SEARCH",),
    ),
    Case(
        rule="math-within-limits",
        name="several series as a result, and an expression that nobody can read",
        resources={
            "Many": math_alarm("many", ERRORS, ALL, compute("[bad, whole]")),
            "Torn": math_alarm("torn", ERRORS, compute("bad / (")),
        },
        finds=("2 time series", "expression"),
    ),
    Case(
        rule="math-within-limits",
        name="a band, which only CloudWatch can learn",
        resources={"Strange": math_alarm("strange", ALL, compute("INSIGHT_RULE_METRIC(whole)"))},
        needs=("what only CloudWatch can evaluate",),
    ),
    Case(
        rule="math-within-limits",
        name="a query whose period only the deployment knows",
        resources={
            "Odd": math_alarm(
                "odd",
                read("m1", "Orders", Period={"Fn::GetAtt": ["Strange", "Period"]}),
                compute("m1 * 2"),
            ),
            "Strange": {"Type": "Custom::Number"},
        },
        needs=("queries that can be read",),
    ),
    Case(
        rule="math-within-limits",
        name="ten metrics that add up to one",
        resources={
            "Wide": math_alarm(
                "wide",
                *[read(f"m{number}", f"Metric{number}") for number in range(10)],
                compute("SUM(METRICS())"),
            ),
            "Single": alarm(),
        },
    ),
    Case(
        rule="rate-has-volume-gate",
        name="a plain rate",
        resources={"Rate": RATE},
        finds=("divides by a count",),
    ),
    Case(
        rule="rate-has-volume-gate",
        name="a rate in a step, behind a gate on something else",
        resources={
            "Rate": math_alarm(
                "rate",
                ERRORS,
                ALL,
                compute("bad / whole", "share", returns=False),
                compute("IF(bad > 3, share, 0)"),
            )
        },
        finds=("divides by a count",),
    ),
    Case(
        rule="rate-has-volume-gate",
        name="two rates that page together on a quiet night",
        resources={
            "Rate": SILENT_RATE,
            "Long": math_alarm("long", ERRORS, ALL, compute("bad / whole"), AlarmActions=None),
            "Both": composite("both", "ALARM(rate) AND ALARM(long)", AlarmActions=[TOPIC_ARN]),
        },
        finds=("divides by a count", "divides by a count"),
    ),
    Case(
        rule="rate-has-volume-gate",
        name="steps that go round in circles",
        resources={
            "Rate": math_alarm(
                "rate", ALL, compute("b + 1", "a"), compute("a + 1", "b", returns=False)
            )
        },
        needs=("round in circles",),
    ),
    Case(
        rule="rate-has-volume-gate",
        name="an expression that nobody can read",
        resources={"Torn": math_alarm("torn", ALL, compute("1 / ("))},
        needs=("an expression that can be read",),
    ),
    Case(
        rule="rate-has-volume-gate",
        name="a rate of steps",
        resources={
            "Rate": math_alarm(
                "rate",
                ERRORS,
                ALL,
                compute("whole - 1", "rest", returns=False),
                compute("bad / rest"),
            )
        },
        finds=("divides by a count",),
    ),
    Case(
        rule="rate-has-volume-gate",
        name="a gate in the expression, in a step, and in a composite alarm",
        resources={
            "Inside": math_alarm(
                "inside", ERRORS, ALL, compute("IF(whole >= 20, 100 * bad / whole, 0)")
            ),
            "Step": math_alarm(
                "step",
                ERRORS,
                ALL,
                compute("(whole) > 20 AND bad > 0", "enough", returns=False),
                compute("100 * bad / (bad + whole)", "share", returns=False),
                compute("IF(enough, share, 0)"),
            ),
            "Rate": SILENT_RATE,
            "Volume": alarm("volume", AlarmActions=None),
            "Both": composite(
                "both", 'ALARM("rate") AND ALARM("volume")', AlarmActions=[TOPIC_ARN]
            ),
        },
    ),
    Case(
        rule="rate-has-volume-gate",
        name="shares of what does not get less certain when it is small",
        resources={
            "Disk": math_alarm(
                "disk",
                read("used", "DiskUsed", "Maximum"),
                read("size", "DiskSize", "Maximum"),
                compute("100 * used / size"),
            ),
            "Speed": math_alarm("speed", ALL, compute("whole / PERIOD(whole) / 60")),
        },
    ),
)
