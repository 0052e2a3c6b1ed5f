"""Rows for the rules on whom an alarm wakes."""

from tests.lint.samples import TOPIC_ARN, Case, alarm, composite, facts, tagged

PAGE = "https://docs.example.com/shop.md"
BOOKS = facts(runbooks=[{"page": PAGE, "anchors": ["orders-low"]}])
ROUTES = facts(routes={"P1": ["pager", "pager-*"], "P3": ["chat"]})

CASES = (
    Case(
        rule="runbook-exists",
        name="no link at all",
        resources={"Bare": alarm(AlarmDescription="Orders are low. Good luck.")},
        finds=("neither its description",),
    ),
    Case(
        rule="runbook-exists",
        name="sections and pages that are not there, and a page without its section",
        resources={
            "Typo": alarm("typo", AlarmDescription=f"Runbook: {PAGE}#order-low"),
            "Page": alarm("page", AlarmDescription="Runbook: https://docs.example.com/x.md#a"),
            "Whole": alarm("whole", Tags=tagged(Runbook=PAGE)),
        },
        facts=BOOKS,
        finds=("#order-low", "x.md, which is not among", "is not named"),
    ),
    Case(
        rule="runbook-exists",
        name="a link, and no facts",
        resources={"Linked": alarm(AlarmDescription=f"Runbook: {PAGE}#orders-low")},
        needs=("facts.runbooks",),
    ),
    Case(
        rule="runbook-exists",
        name="links that lead somewhere, and a silent child",
        resources={
            "Linked": alarm(
                AlarmDescription=f"Low.\nRunbook: {PAGE}#orders-low\nDashboard: https://x.example/d"
            ),
            "Tagged": alarm("tagged", Tags=tagged(runbook=f"{PAGE}#orders-low")),
            "Child": alarm("child", AlarmActions=None),
        },
        facts=BOOKS,
    ),
    Case(
        rule="runbook-exists",
        name="a link that calls itself by its address alone",
        resources={"Linked": alarm(AlarmDescription="See https://x.example/runbooks/shop.md#low")},
        facts=facts(runbooks=[{"page": "https://x.example/runbooks/shop.md", "anchors": ["low"]}]),
    ),
    Case(
        rule="severity-is-routed",
        name="no severity, and one of another house",
        resources={
            "Untagged": alarm("untagged"),
            "Foreign": alarm("foreign", Tags=tagged(severity="critical")),
        },
        facts=ROUTES,
        finds=("no tag severity", "'critical'"),
    ),
    Case(
        rule="severity-is-routed",
        name="a warning that wakes somebody",
        resources={"Loud": alarm(Tags=tagged(severity="P3"))},
        facts=ROUTES,
        finds=("is P3 but publishes to pager",),
    ),
    Case(
        rule="severity-is-routed",
        name="no facts, and a severity that the facts do not route",
        resources={"Loud": alarm(Tags=tagged(severity="P2"))},
        facts=ROUTES,
        needs=("facts.routes with P2",),
    ),
    Case(
        rule="severity-is-routed",
        name="alarms that reach whom they should, also through a composite alarm",
        resources={
            "Loud": alarm(Tags=tagged(Severity="P1")),
            "Child": alarm("child", AlarmActions=None, Tags=tagged(severity="P1")),
            "Top": composite(
                "top",
                "ALARM(child)",
                AlarmActions=[f"{TOPIC_ARN}-2"],
                Tags=tagged(severity="P1"),
            ),
        },
        facts=ROUTES,
    ),
)
