"""What an alarm may not say, and what the engine does not evaluate: refused by name."""

import pytest

from rehearsal.engine.errors import EngineError, ExpressionError, RefusedError
from rehearsal.engine.expression.plan import MathPlan
from tests.engine.expression.alarm_math import expression, metric, plan_of

NOT_EVALUATED = [
    ("SEARCH('{N,D} MetricName=\"X\"', 'Average', 300)", "SEARCH at character 1 .* in alarms"),
    ("m1 + LAST(ANOMALY_DETECTION_BAND(m1, 3))", "ANOMALY_DETECTION_BAND at character 11"),
    ("INSIGHT_RULE_METRIC('rule', Sum)", "INSIGHT_RULE_METRIC"),
    ("LAMBDA('function')", "LAMBDA"),
    ("DB_PERF_INSIGHTS('RDS', 'db-1', ['os.cpu'])", "DB_PERF_INSIGHTS"),
    ("m1 / SERVICE_QUOTA(m1) * 100", "SERVICE_QUOTA at character 6"),
    ('SELECT AVG(CPUUtilization) FROM SCHEMA("AWS/EC2", InstanceId)', "Metrics Insights"),
    ("  select max (x) from y", "Metrics Insights"),
]
WRONG_NAMES = [
    ("m4 + 1", "m4 at character 1 is no id; the ids are m1, m2, m3"),
    ("m1 + result", "circle: result → result"),
    ("REPEAT", "REPEAT at character 1 is no id"),
    ("m1 + ANDY", "ANDY at character 6 is no id"),
    ("sum(METRICS())", "sum at character 1: function names are upper case: SUM"),
    ("SUM(metrics())", "metrics at character 5: function names are upper case: METRICS"),
    ("search('x')", "function names are upper case: SEARCH"),
    ("MEDIAN(m1)", "MEDIAN at character 1 is no function of metric math"),
    ("m1(2)", "m1 at character 1 is no function"),
]
WRONG_ARGUMENTS = [
    ("ABS(1)", "ABS at character 1: argument 1 is a scalar, expected a time series or an array"),
    ("ABS()", "ABS at character 1 has 0 arguments, expected 1"),
    ("ABS(m1, m2)", "ABS at character 1 has 2 arguments, expected 1"),
    ("SUM('m1')", "SUM at character 1: argument 1 is a string, expected a time series or"),
    ("SUM(['a', 'b'])", "SUM at character 1: argument 1 is an array of strings"),
    ("SUM(AVG(m1))", "SUM at character 1: argument 1 is a scalar"),
    ("METRIC_COUNT(m1) + m1", "METRIC_COUNT .* is a time series, expected an array of time series"),
    ("METRICS(m1)", "METRICS at character 1: argument 1 is a time series, expected a string"),
    ("METRICS('a', 'b')", "METRICS at character 1 has 2 arguments, expected 0 to 1"),
    (
        "m1 / PERIOD(m1 + 1)",
        "PERIOD .* is the result of an expression, expected the id of a metric",
    ),
    ("m1 / PERIOD(METRICS())", "PERIOD .* is an array of time series, expected a time series"),
    ("TIME_SERIES(m1)", "TIME_SERIES .* is a time series, expected a scalar"),
    ("HOUR(5)", "HOUR .* is a scalar, expected a time series"),
    ("FILL(m1)", "FILL .* has 1 arguments, expected 2"),
    ("FILL(m1, m2)", "FILL .* argument 2 is a time series, expected a scalar, REPEAT or LINEAR"),
    ("FILL(5, 0)", "FILL .* argument 1 is a scalar"),
    ("FILL(m1, LAST)", "LAST at character 10 is no id"),
    ("FILL(m1, METRICS())", "FILL .* argument 2 is an array .* a time series, REPEAT or LINEAR"),
    ("IF(m1)", "IF .* has 1 arguments, expected 2 to 3"),
    ("IF(METRICS(), 1, 0)", "IF .* argument 1 is an array"),
    ("IF(m1, METRICS(), 0)", "IF .* argument 2 is an array"),
    ("IF(m1, 1, 'x')", "IF .* argument 3 is a string"),
    ("IF(1, 2, 3)", "IF .* argument 2 is a scalar, expected a time series, for the condition"),
    ("IF(1, m1, 3)", "IF .* argument 3 is a scalar, expected a time series, for the condition"),
    ("IF(AVG(m1), 1)", "IF .* argument 2 is a scalar"),
    ("FIRST(m1)", "FIRST .* is a time series, expected an array of time series"),
    ("SLICE(METRICS(), m1)", "SLICE .* argument 2 is a time series, expected a scalar"),
    ("SLICE(METRICS(), -1)", "SLICE .* argument 2 is -1, expected a whole number from 0"),
    ("SLICE(METRICS(), 0, 1.5)", "SLICE .* argument 3 is 1.5, expected a whole number"),
    ("SLICE(METRICS(), 1/0)", "SLICE .* argument 2 is nan, expected a whole number"),
    ("SORT(METRICS(), STDDEV, ASC)", "argument 2 is STDDEV, expected AVG, MIN, MAX or SUM"),
    ("SORT(METRICS(), AVG, UP)", "SORT .* argument 3 is UP, expected ASC or DESC"),
    ("SORT(METRICS(), 'AVG', ASC)", "SORT .* argument 2 is an expression, expected AVG"),
    ("SORT(METRICS(), AVG, ASC, -2)", "SORT .* argument 4 is -2, expected a whole number"),
    ("SUM([m1, 5])", "array at character 5: item 2 is a scalar, expected a time series"),
    ("SUM(['x', m1])", "array at character 5: item 1 is a string"),
    ("SUM([])", "array at character 5 is empty"),
]
WRONG_RESULTS = [
    ("5", "the result is a scalar, expected a time series"),
    ("MAX(m1) > 3", "the result is a scalar"),
    ("'text'", "the result is a string"),
    ("['text']", "the result is an array of strings"),
    ("METRICS()", "the result may be 3 time series, but an alarm watches one"),
    ("[m1, m2]", "the result may be 2 time series"),
    ("REMOVE_EMPTY(METRICS())", "the result may be 3 time series"),
    ("SORT(METRICS(), AVG, DESC, 2)", "the result may be 2 time series"),
    ("SORT(METRICS(), AVG, DESC, MAX(m1))", "the result may be 3 time series"),
    ("SLICE(METRICS(), 1)", "the result may be 2 time series"),
    ("SLICE(METRICS(), 0, MAX(m1))", "the result may be 3 time series"),
]


@pytest.mark.parametrize(("text", "reason"), NOT_EVALUATED)
def test_what_the_engine_cannot_say_is_refused_by_name(text: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=f"query 'result': .*{reason}"):
        plan_of(text)


@pytest.mark.parametrize(("text", "problem"), WRONG_NAMES)
def test_unknown_name_is_an_error(text: str, problem: str) -> None:
    with pytest.raises(ExpressionError, match=problem):
        plan_of(text)


@pytest.mark.parametrize(("text", "problem"), WRONG_ARGUMENTS)
def test_wrong_argument_names_the_function_and_the_place(text: str, problem: str) -> None:
    with pytest.raises(ExpressionError, match=f"query 'result': .*{problem}"):
        plan_of(text)


@pytest.mark.parametrize(("text", "problem"), WRONG_RESULTS)
def test_result_that_is_not_one_series_is_an_error(text: str, problem: str) -> None:
    with pytest.raises(ExpressionError, match=f"query 'result': {problem}"):
        plan_of(text)


def test_error_in_an_expression_that_is_not_returned_names_it() -> None:
    with pytest.raises(ExpressionError, match=r"query 'e1': m9 at .* the ids are m1, m2, m3$"):
        plan_of("m1", e1="m1 + m9")
    with pytest.raises(ExpressionError, match=r"query 'e1': expression 'm1 \+': found the end"):
        plan_of("m1", e1="m1 +")
    with pytest.raises(ExpressionError, match="query 'e1': the result is a scalar"):
        plan_of("m1", e1="AVG(m1)")


def test_circle_of_expressions_is_drawn() -> None:
    with pytest.raises(ExpressionError, match="circle: e1 → e2 → e3 → e1"):
        plan_of("m1", e1="m1 + e2", e2="1 * e3", e3="e1 / 2")


@pytest.mark.parametrize("name", ["M1", "1m", "_m", "m-1", "m 1", "mé", "", "m" * 256, "m\n"])
def test_id_that_does_not_follow_the_rule_is_an_error(name: str) -> None:
    with pytest.raises(ExpressionError, match="expected a lower-case letter"):
        MathPlan.build([metric(name), expression("result", "TIME_SERIES(1)", returned=True)])


@pytest.mark.parametrize("name", ["m", "mE_9", "m" * 255])
def test_id_that_follows_the_rule_is_taken(name: str) -> None:
    plan = MathPlan.build([metric(name), expression("result", f"{name} + 1", returned=True)])
    assert len(plan.reads) == 1


def test_id_is_unique() -> None:
    with pytest.raises(ExpressionError, match="unique, m1 is not"):
        plan_of("m1", ("m1", "m1"))
    with pytest.raises(ExpressionError, match="unique, m1 is not"):
        plan_of("m1", m1="m2 + 1")


def test_alarm_has_at_most_ten_metrics_and_ten_expressions() -> None:
    names = [f"m{number}" for number in range(11)]
    assert len(plan_of("SUM(METRICS())", names[:10]).reads) == 10
    with pytest.raises(ExpressionError, match="at most 10 metrics, not 11"):
        plan_of("SUM(METRICS())", names)
    others = {f"e{number}": "m1 + 1" for number in range(10)}
    with pytest.raises(ExpressionError, match="at most 10 expressions, not 11"):
        plan_of("m1", **others)
    del others["e3"]
    plan_of("m1", **others)


def test_metrics_of_an_alarm_have_the_same_period() -> None:
    queries = [metric("m1", 60), metric("m2", 300)]
    with pytest.raises(ExpressionError, match=r"same period, not \[60, 300\] s"):
        MathPlan.build([*queries, expression("result", "m1 + m2", returned=True)])


def test_exactly_one_query_returns_data() -> None:
    with pytest.raises(ExpressionError, match="exactly one query returns data, not 0"):
        MathPlan.build([metric("m1")])
    both = [expression("e1", "m1 * 2", returned=True), expression("e2", "m1", returned=True)]
    with pytest.raises(ExpressionError, match="exactly one query returns data, not 2"):
        MathPlan.build([metric("m1"), *both])


def test_expression_has_at_most_2048_characters() -> None:
    text = "m1" + " " * 2_046
    assert plan_of(text).reads
    with pytest.raises(ExpressionError, match="at most 2,048 characters, this one has 2,049"):
        plan_of(text + " ")


def test_nesting_is_bounded_across_expressions() -> None:
    deep = "(" * 60 + "{}" + ")" * 60
    assert plan_of(deep.format("m1")).reads
    with pytest.raises(ExpressionError, match="query 'result': with the expressions it refers to"):
        plan_of(deep.format("e1"), e1=deep.format("m1"))
    with pytest.raises(ExpressionError, match="nests deeper than the 100 levels"):
        plan_of("(" * 101 + "m1" + ")" * 101)


def test_deepest_allowed_nesting_is_evaluated() -> None:
    for text in ("-" * 98 + "m1", "(" * 98 + "m1" + ")" * 98, "ABS(" * 98 + "m1" + ")" * 98):
        with pytest.raises(EngineError):
            plan_of("-" * 3 + text)
        assert plan_of(text).reads
