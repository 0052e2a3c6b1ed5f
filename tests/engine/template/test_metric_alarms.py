"""AWS::CloudWatch::Alarm: the API's defaults, every property, refusals by name, wrong templates."""

from typing import Any

import pytest

from rehearsal.engine.alarm import Actions, Comparison, MetricStat, Query, Treatment
from rehearsal.engine.errors import TemplateError
from rehearsal.engine.metrics.identity import MetricIdentity
from tests.engine.template.template_play import (
    ACCOUNT,
    ARN,
    MATH,
    alarm,
    read,
    read_alarm,
    refusals,
    resource,
    stat,
)

ERRORS = MetricIdentity.of("Shop", "Errors")
UNKNOWN = {"Ref": "Unknown"}
PARAMETERS = {"Unknown": {"Type": "String"}}


def math(*metrics: object, **properties: object) -> dict[str, Any]:
    return resource("AWS::CloudWatch::Alarm", **{**MATH, **properties, "Metrics": list(metrics)})


def test_an_alarm_has_the_defaults_of_the_api() -> None:
    found = read_alarm(alarm())
    assert (found.name, found.arn) == ("too-many", f"{ARN}too-many")
    assert (found.account, found.region, found.source) == (ACCOUNT, "eu-west-1", "Shop/Alarm")
    only = MetricStat(metric=ERRORS, statistic="Sum", period_seconds=60)
    assert found.queries == (Query(id="m1", stat=only),)
    assert (found.is_math, found.period_seconds) == (False, 60)
    assert (found.evaluation_periods, found.datapoints_to_alarm) == (3, 3)
    assert (found.comparison, found.threshold) == (Comparison.ABOVE, 5.0)
    assert found.treatment is Treatment.MISSING
    assert found.actions == Actions()
    assert (found.description, found.tags) == ("", {})
    assert (found.ignores_low_samples, found.timezone) == (False, None)
    assert (found.warm_up_minutes, found.warms_up_whole_period) == (0, False)


def test_every_property_of_an_alarm_is_read() -> None:
    found = read_alarm(
        alarm(
            ActionsEnabled=False,
            OKActions=["arn:ok"],
            AlarmActions=["arn:one", "arn:two"],
            InsufficientDataActions=["arn:none"],
            AlarmDescription="What it means",
            ComparisonOperator="LessThanOrEqualToThreshold",
            DatapointsToAlarm=2,
            Dimensions=[{"Name": "b", "Value": 2}, {"Name": "a", "Value": True}],
            EvaluateLowSampleCountPercentile="ignore",
            EvaluationWindow={"WallClockWindow": {}},
            Statistic=None,
            ExtendedStatistic="TM(10%:90%)",
            Tags=[{"Key": "severity", "Value": "P1"}, {"Key": "empty", "Value": ""}],
            Threshold=-0.5,
            TreatMissingData="breaching",
            Unit="Count",
            WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 15},
        )
    )
    assert found.actions == Actions(
        enabled=False, ok=("arn:ok",), alarm=("arn:one", "arn:two"), insufficient_data=("arn:none",)
    )
    assert (found.description, found.tags) == ("What it means", {"severity": "P1", "empty": ""})
    assert (found.comparison, found.threshold) == (Comparison.AT_MOST, -0.5)
    assert (found.datapoints_to_alarm, found.treatment) == (2, Treatment.BREACHING)
    watched = found.queries[0].stat
    assert watched is not None
    assert watched.metric.dimensions == (("a", "true"), ("b", "2"))
    assert (watched.statistic, watched.unit) == ("TM(10%:90%)", "Count")
    assert (found.ignores_low_samples, found.timezone) == (True, "UTC")
    assert (found.warm_up_minutes, found.warms_up_whole_period) == (15, False)


def test_texts_stand_for_numbers_and_truth_values_as_cloudformation_takes_them() -> None:
    found = read_alarm(
        alarm(Period="300", EvaluationPeriods="4", Threshold="2.5e3", ActionsEnabled="False")
    )
    assert (found.period_seconds, found.evaluation_periods) == (300, 4)
    assert (found.threshold, found.actions.enabled) == (2500.0, False)


@pytest.mark.parametrize("written", [{"SlidingWindow": {}}, {}])
def test_a_window_slides_unless_it_is_of_the_wall_clock(written: object) -> None:
    assert read_alarm(alarm(EvaluationWindow=written)).timezone is None


@pytest.mark.parametrize(
    "timezone", ["UTC", "Europe/Paris", "America/Argentina/Buenos_Aires", "+05:45", "UTC-03:30"]
)
def test_a_window_of_the_wall_clock_has_a_time_zone(timezone: str) -> None:
    window = {"WallClockWindow": {"Timezone": timezone}}
    assert read_alarm(alarm(EvaluationWindow=window)).timezone == timezone


@pytest.mark.parametrize(
    ("namespace", "given", "expected"),
    [
        ("AWS/DynamoDB", None, Treatment.IGNORE),
        ("AWS/DynamoDB", "breaching", Treatment.BREACHING),
        ("AWS/Lambda", None, Treatment.MISSING),
    ],
)
def test_missing_data_of_dynamodb_is_ignored_unless_the_alarm_says_otherwise(
    namespace: str, given: str | None, expected: Treatment
) -> None:
    assert read_alarm(alarm(Namespace=namespace, TreatMissingData=given)).treatment is expected


def test_a_math_alarm_has_its_queries_and_their_period() -> None:
    ratio = {"Id": "e", "Expression": "m1 / m2", "Label": "share"}
    found = read_alarm(math(ratio, stat("m1", "300"), stat("m2", 300, AccountId=ACCOUNT)))
    assert (found.is_math, found.period_seconds) == (True, 300)
    assert [query.id for query in found.queries] == ["e", "m1", "m2"]
    assert found.returned == Query(id="e", expression="m1 / m2", label="share")
    assert found.queries[2].account == ACCOUNT


def test_a_single_metric_given_as_metrics_is_math() -> None:
    found = read_alarm(math(stat(ReturnData="true")))
    assert (found.is_math, found.returned.id) == (True, "m1")


def test_a_math_alarm_only_of_dynamodb_ignores_missing_data() -> None:
    table = {
        "Metric": {"Namespace": "AWS/DynamoDB", "MetricName": "x"},
        "Period": 60,
        "Stat": "Sum",
    }
    mixed = [
        {"Id": "e", "Expression": "m1 + m2"},
        {"Id": "m2", "MetricStat": table, "ReturnData": False},
    ]
    assert read_alarm(math({"Id": "m2", "MetricStat": table})).treatment is Treatment.IGNORE
    assert read_alarm(math(*mixed, stat())).treatment is Treatment.MISSING


def test_an_alarm_without_metrics_has_the_period_of_its_expression() -> None:
    found = read_alarm(math({"Id": "e", "Expression": "TIME_SERIES(3)", "Period": 300}))
    assert (found.period_seconds, found.returned.period_seconds) == (300, 300)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a PromQL alarm": (
        alarm(EvaluationCriteria={"PromQLCriteria": {"Query": "up"}}),
        "it is a PromQL alarm (EvaluationCriteria)",
    ),
    "a PromQL interval": (alarm(EvaluationInterval=60), "it is a PromQL alarm"),
    "an anomaly band": (alarm(ThresholdMetricId="ad1", Threshold=None), "anomaly detection band"),
    "a band's comparison": (
        alarm(ComparisonOperator="GreaterThanUpperThreshold"),
        "anomaly detection band",
    ),
    "a band in an expression": (
        math({"Id": "e", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"}, stat()),
        "ANOMALY_DETECTION_BAND",
    ),
    "a search": (math({"Id": "e", "Expression": "SUM(SEARCH('{A}', 'Sum', 60))"}), "SEARCH"),
    "a Metrics Insights query": (
        math({"Id": "e", "Expression": "SELECT AVG(x) FROM y GROUP BY z", "Period": 60}),
        "Metrics Insights",
    ),
    "a metric of another account": (
        math(stat(AccountId="999999999999", ReturnData=True)),
        "m1 is a metric of another account, 999999999999",
    ),
    "an expression that cannot be read": (
        math({"Id": "e", "Expression": "m1 +"}, stat()),
        "expression 'm1 +'",
    ),
    "an expression of an unknown metric": (
        math({"Id": "e", "Expression": "m1 + m7"}, stat()),
        "m7",
    ),
    "two periods": (
        math({"Id": "e", "Expression": "m1 + m2"}, stat("m1", 60), stat("m2", 300)),
        "the same period, not [60, 300] s",
    ),
    "an unknown threshold": (
        alarm(Threshold=UNKNOWN),
        "Threshold is not known: parameter Unknown has no default and was not given",
    ),
    "an unknown dimension": (
        alarm(Dimensions=[{"Name": "a", "Value": UNKNOWN}]),
        "Dimensions[0].Value is not known: parameter Unknown",
    ),
    "unknown metrics": (math(UNKNOWN), "Metrics[0] is not known: parameter Unknown"),
    "a property of tomorrow": (
        alarm(Mood="bad"),
        "Mood is nothing that the engine knows of an alarm",
    ),
    "a query's property of tomorrow": (
        math(stat(Mood="bad", ReturnData=True)),
        "Metrics[0].Mood is nothing that the engine knows of an entry of Metrics",
    ),
    "a window of tomorrow": (
        alarm(EvaluationWindow={"LunarWindow": {}}),
        "EvaluationWindow.LunarWindow is nothing that the engine knows of an evaluation window",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_engine_cannot_evaluate_is_refused_by_name_and_the_rest_reads(case: str) -> None:
    written, reason = REFUSED[case]
    deployment = read({"Bad": written, "Good": alarm(AlarmName="good")}, Parameters=PARAMETERS)
    assert [each.name for each in deployment.metric_alarms] == ["good"]
    assert [refusal.source for refusal in deployment.refused] == ["Shop/Bad"]
    assert reason in refusals(deployment)["too-many"]


def test_an_alarm_whose_name_is_unknown_is_refused_by_its_place() -> None:
    deployment = read({"A": alarm(AlarmName=UNKNOWN)}, Parameters=PARAMETERS)
    assert refusals(deployment) == {"Shop/A": "its name is not known offline"}


def test_a_log_alarm_is_refused() -> None:
    deployment = read({"A": resource("AWS::CloudWatch::LogAlarm", AlarmName="logs")})
    assert refusals(deployment) == {
        "logs": "AWS::CloudWatch::LogAlarm is evaluated by queries of CloudWatch's own"
    }


def test_unknown_words_that_do_not_decide_are_shown_as_unknown() -> None:
    written = alarm(
        AlarmActions=[UNKNOWN, "arn:b"],
        AlarmDescription={"Fn::Sub": "See ${Unknown}"},
        Tags=[{"Key": "owner", "Value": UNKNOWN}],
    )
    found = read({"A": written}, Parameters=PARAMETERS).metric_alarms[0]
    shown = "<parameter Unknown has no default and was not given>"
    assert found.actions.alarm == (shown, "arn:b")
    assert (found.description, found.tags) == (shown, {"owner": shown})


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no periods": (
        alarm(EvaluationPeriods=None),
        "EvaluationPeriods is missing, expected a whole number",
    ),
    "periods in words": (
        alarm(EvaluationPeriods="three"),
        "EvaluationPeriods is 'three', expected a whole number",
    ),
    "a half period": (alarm(Period=60.5), "Period is 60.5, expected a whole number"),
    "a truth value": (alarm(Period=True), "Period is true, expected a whole number"),
    "a period nobody has": (
        alarm(Period=45),
        "the period is 10, 20, 30 or a multiple of 60 seconds, not 45",
    ),
    "too long a window": (alarm(Period=300, EvaluationPeriods=289), "exceed the 86400 s"),
    "more points than periods": (
        alarm(DatapointsToAlarm=4),
        "DatapointsToAlarm is from 1 to EvaluationPeriods (3), not 4",
    ),
    "no threshold": (alarm(Threshold=None), "Threshold is missing, expected a number"),
    "an infinite threshold": (alarm(Threshold="inf"), "Threshold is 'inf', expected a number"),
    "a huge threshold": (alarm(Threshold=10**400), "expected a number"),
    "an unknown comparison": (
        alarm(ComparisonOperator=">"),
        "ComparisonOperator is '>', expected one of GreaterThanThreshold",
    ),
    "an unknown treatment": (
        alarm(TreatMissingData="bad"),
        "TreatMissingData is 'bad', expected one of missing, ignore",
    ),
    "no statistic": (
        alarm(Statistic=None),
        "found neither of Statistic and ExtendedStatistic, expected one",
    ),
    "two statistics": (
        alarm(ExtendedStatistic="p99"),
        "found both of Statistic and ExtendedStatistic",
    ),
    "an unknown statistic": (
        alarm(Statistic="Median"),
        "Statistic is 'Median', expected one of Average",
    ),
    "an unknown extended one": (
        alarm(Statistic=None, ExtendedStatistic="q5"),
        "'q5' is no statistic of CloudWatch",
    ),
    "wide bounds": (
        alarm(Statistic=None, ExtendedStatistic="TM(5%:95%)"),
        "expected bounds from 10% to 90%",
    ),
    "no metric": (alarm(MetricName=None), "MetricName is missing, expected a text"),
    "no namespace": (alarm(Namespace=""), "Namespace is '', expected a text"),
    "both kinds": (alarm(Metrics=[stat()]), "MetricName stands beside Metrics"),
    "six actions": (alarm(AlarmActions=["a"] * 6), "AlarmActions has 6 items, expected at most 5"),
    "an action that is none": (
        alarm(OKActions=[{}]),
        "OKActions[0] is an object with nothing in it, expected a text",
    ),
    "actions as a text": (alarm(OKActions="arn"), "OKActions is 'arn', expected a list"),
    "31 dimensions": (
        alarm(Dimensions=[{"Name": str(n), "Value": "x"} for n in range(31)]),
        "Dimensions has 31 items, expected at most 30",
    ),
    "a dimension twice": (
        alarm(Dimensions=[{"Name": "a", "Value": "x"}] * 2),
        "dimension 'a' stands twice",
    ),
    "a dimension without value": (
        alarm(Dimensions=[{"Name": "a"}]),
        "Dimensions[0].Value is missing, expected a text",
    ),
    "a dimension as a text": (alarm(Dimensions=["a"]), "Dimensions[0] is 'a', expected an object"),
    "a null": (
        alarm() | {"Properties": {**alarm()["Properties"], "Unit": None}},
        "Unit is null, expected a text",
    ),
    "a word for a truth value": (
        alarm(ActionsEnabled="perhaps"),
        "ActionsEnabled is 'perhaps', expected true or false",
    ),
    "two windows": (
        alarm(EvaluationWindow={"WallClockWindow": {}, "SlidingWindow": {}}),
        "EvaluationWindow: expected SlidingWindow or WallClockWindow and found both",
    ),
    "a strange time zone": (
        alarm(EvaluationWindow={"WallClockWindow": {"Timezone": "+5"}}),
        "Timezone is '+5', expected a name",
    ),
    "an odd offset": (
        alarm(EvaluationWindow={"WallClockWindow": {"Timezone": "+05:17"}}),
        "Timezone is '+05:17'",
    ),
    "a wall clock of two minutes": (
        alarm(Period=120, EvaluationWindow={"WallClockWindow": {}}),
        "a wall clock window has a period of 60, 300",
    ),
    "no warm-up": (alarm(WarmUpConfiguration={}), "WarmUpPeriodDurationInMinutes is missing"),
    "a long warm-up": (
        alarm(WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 2881}),
        "is 2881, expected 1 to 2880",
    ),
    "21 queries": (
        math(*[stat(f"m{n}") for n in range(21)]),
        "Metrics has 21 items, expected at most 20",
    ),
    "nothing watched": (math(), "Metrics returns the data of nothing, expected one"),
    "two returned": (
        math(stat("m1", ReturnData=True), stat("m2", ReturnData=True)),
        "Metrics returns the data of m1, m2, expected one",
    ),
    "a query of both kinds": (
        math(stat(Expression="1", ReturnData=True)),
        "must have either a metric's statistic or an expression",
    ),
    "a query of neither": (
        math({"Id": "m1"}),
        "must have either a metric's statistic or an expression",
    ),
    "no period at all": (
        math({"Id": "e", "Expression": "TIME_SERIES(3)"}),
        "Metrics has 0 different periods, expected one",
    ),
    "a metric's statistic of nothing": (
        math({"Id": "m1", "MetricStat": {"Period": 60, "Stat": "Sum"}}),
        "Metrics[0].MetricStat.Metric.Namespace is missing",
    ),
    "a label that is none": (
        math(stat(Label=[], ReturnData=True)),
        "Metrics[0].Label is a list of 0, expected a text",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_alarm_is_an_error_that_says_where_what_and_what_instead(case: str) -> None:
    written, sentence = WRONG[case]
    with pytest.raises(TemplateError) as caught:
        read({"Alarm": written, "Good": alarm(AlarmName="good")})
    assert str(caught.value).startswith("stack Shop, Alarm (AWS::CloudWatch::Alarm): ")
    assert sentence in str(caught.value)


def test_two_alarms_of_one_name_are_an_error() -> None:
    with pytest.raises(TemplateError, match="Shop/A and Shop/B are both called 'too-many'"):
        read({"A": alarm(), "B": alarm()})
