"""Rows for the rules on silence."""

from tests.lint.samples import Case, alarm, compute, facts, math_alarm, orders, read

METRIC = [orders(cadence_seconds=300, emitter="counter")]
BEAT = {"namespace": "Shop", "name": "Beat", "cadence_seconds": 300, "emitter": "counter"}
COUNTER = [{"name": "counter", "heartbeat_alarm": "counter-silent"}]
SILENT = alarm(
    "counter-silent", MetricName="Beat", TreatMissingData="breaching", EvaluationPeriods=3
)
MONTHLY = [
    {"name": "export", "heartbeat_alarm": "export-stale"},
    {"name": "counter", "heartbeat_alarm": "counter-silent"},
]

CASES = (
    Case(
        rule="missing-data-stated",
        name="an alarm that says nothing of missing data",
        resources={"Vague": alarm(TreatMissingData=None)},
        finds=("no treatment",),
    ),
    Case(
        rule="missing-data-stated",
        name="missing, where it is meant",
        resources={"Meant": alarm(TreatMissingData="missing")},
    ),
    Case(
        rule="breaching-outlasts-cadence",
        name="a period shorter than the pauses of the metric",
        resources={
            "Hasty": alarm(
                TreatMissingData="breaching", Period=60, EvaluationPeriods=30, DatapointsToAlarm=29
            )
        },
        facts=facts(metrics=METRIC),
        finds=("30 × 60 s, but Orders comes every 300 s",),
    ),
    Case(
        rule="breaching-outlasts-cadence",
        name="short periods that must all be empty, in a window as long as a pause",
        resources={"Hasty": alarm(TreatMissingData="breaching", Period=60, EvaluationPeriods=6)},
        facts=facts(metrics=METRIC),
        finds=("6 × 60 s, but Orders comes every 300 s",),
    ),
    Case(
        rule="breaching-outlasts-cadence",
        name="short periods that must all be empty, in a window two of them longer than a pause",
        resources={"Patient": alarm(TreatMissingData="breaching", Period=60, EvaluationPeriods=7)},
        facts=facts(metrics=METRIC),
    ),
    Case(
        rule="breaching-outlasts-cadence",
        name="a single period as long as the pauses",
        resources={"Hasty": alarm(TreatMissingData="breaching")},
        facts=facts(metrics=METRIC),
        finds=("1 × 300 s",),
    ),
    Case(
        rule="breaching-outlasts-cadence",
        name="a metric that comes only when something happens",
        resources={"Hasty": alarm(TreatMissingData="breaching", Period=3600)},
        facts=facts(metrics=[orders(sparse=True)]),
        finds=("only when something happens",),
    ),
    Case(
        rule="breaching-outlasts-cadence",
        name="no facts",
        resources={"Hasty": alarm(TreatMissingData="breaching")},
        needs=("facts.metrics",),
    ),
    Case(
        rule="breaching-outlasts-cadence",
        name="facts about something else, and a metric whose cadence nobody knows",
        resources={
            "Other": alarm("other", MetricName="Refunds", TreatMissingData="breaching"),
            "Hasty": alarm(TreatMissingData="breaching"),
        },
        facts=facts(metrics=[orders()]),
        needs=("facts.metrics with Refunds", "cadence_seconds of Orders"),
    ),
    Case(
        rule="breaching-outlasts-cadence",
        name="a period that only the deployment knows",
        resources={
            "Hasty": alarm(
                TreatMissingData="breaching", Period={"Fn::GetAtt": ["Strange", "Period"]}
            ),
            "Strange": {"Type": "Custom::Number"},
        },
        facts=facts(metrics=METRIC),
        needs=("a period",),
    ),
    Case(
        rule="breaching-outlasts-cadence",
        name="three periods of one pause each, and a hasty alarm that ignores silence",
        resources={"Beat": SILENT, "Hasty": alarm(Period=60)},
        facts=facts(metrics=[*METRIC, BEAT]),
    ),
    Case(
        rule="emitter-has-heartbeat",
        name="an emitter without an alarm, and one whose alarm is not there",
        resources={"Quiet": alarm()},
        facts=facts(emitters=[{"name": "export"}, *COUNTER]),
        finds=("export: no heartbeat alarm", "counter-silent is in no template"),
    ),
    Case(
        rule="emitter-has-heartbeat",
        name="a heartbeat alarm that takes silence for good news",
        resources={"Beat": alarm("counter-silent", MetricName="Beat")},
        facts=facts(emitters=COUNTER, metrics=[BEAT]),
        finds=("stays OK while that is silent",),
    ),
    Case(
        rule="emitter-has-heartbeat",
        name="two emitters that measure each other, neither with a beat of its own",
        resources={
            "First": alarm("export-stale", MetricName="Age"),
            "Second": alarm("counter-silent", MetricName="Beat"),
        },
        facts=facts(
            emitters=MONTHLY,
            metrics=[
                {"namespace": "Shop", "name": "Age", "emitter": "counter"},
                {"namespace": "Shop", "name": "Beat", "emitter": "export"},
            ],
        ),
        finds=("heartbeat of export", "heartbeat of counter"),
    ),
    Case(
        rule="emitter-has-heartbeat",
        name="an emitter measured by one that the facts do not name",
        resources={"Stale": alarm("export-stale", MetricName="Age")},
        facts=facts(
            emitters=MONTHLY[:1],
            metrics=[{"namespace": "Shop", "name": "Age", "emitter": "stranger"}],
        ),
        finds=("stays OK while that is silent",),
    ),
    Case(
        rule="emitter-has-heartbeat",
        name="no facts",
        resources={"Quiet": alarm()},
        needs=("facts.emitters",),
    ),
    Case(
        rule="emitter-has-heartbeat",
        name="no facts, and no alarms either",
        resources={"Topic": {"Type": "AWS::SNS::Topic"}},
    ),
    Case(
        rule="emitter-has-heartbeat",
        name="a monthly export whose age another emitter measures, which has a beat",
        resources={"Stale": alarm("export-stale", MetricName="Age"), "Beat": SILENT},
        facts=facts(
            emitters=MONTHLY,
            metrics=[{"namespace": "Shop", "name": "Age", "emitter": "counter"}, BEAT],
        ),
    ),
    Case(
        rule="quiet-alarm-has-twin",
        name="good news from an emitter whose silence nobody hears",
        resources={"Quiet": alarm()},
        facts=facts(metrics=METRIC, emitters=[{"name": "counter"}]),
        finds=("no alarm tells when counter falls silent",),
    ),
    Case(
        rule="quiet-alarm-has-twin",
        name="no facts",
        resources={"Quiet": alarm()},
        needs=("facts.metrics and facts.emitters",),
    ),
    Case(
        rule="quiet-alarm-has-twin",
        name="a metric that the facts do not know",
        resources={"Quiet": alarm(MetricName="Refunds")},
        facts=facts(metrics=METRIC, emitters=[]),
        needs=("facts.metrics with Refunds",),
    ),
    Case(
        rule="quiet-alarm-has-twin",
        name="a twin on the same emitter, metrics of AWS, and an alarm that hears silence",
        resources={
            "Quiet": math_alarm("quiet", read("orders", "Orders"), compute("orders * 2")),
            "Beat": SILENT,
            "Aws": alarm("errors", Namespace="AWS/Lambda", MetricName="Errors"),
        },
        facts=facts(metrics=[*METRIC, BEAT], emitters=COUNTER),
    ),
)
