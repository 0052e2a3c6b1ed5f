"""Rules 9, 10 and 17: alarms watch metrics that somebody sends, as they are sent."""

from collections.abc import Iterator

from rehearsal.lint.alarm_view import AlarmView, Read
from rehearsal.lint.facts import Facts, MetricFact
from rehearsal.lint.finding import Judgement, Severity
from rehearsal.lint.landscape import Landscape
from rehearsal.lint.rule import Rule


def is_registered(landscape: Landscape, facts: Facts) -> Iterator[Judgement]:
    """Find alarms on metrics that nobody sends under that name and with those dimensions."""
    known = {fact.namespace for fact in facts.metrics or ()}
    for alarm in landscape.metric_alarms:
        for read in alarm.reads:
            is_strange_aws = read.metric.namespace.startswith("AWS/") and (
                read.metric.namespace not in known
            )
            if facts.metrics is None or is_strange_aws:
                yield alarm.unchecked(f"facts.metrics with {read.metric.namespace}")
                continue
            same = facts.list_metric(read.metric)
            if not same:
                yield alarm.problem(
                    f"watches {read.metric}, which is not among facts.metrics",
                    "the namespace and name of a metric that somebody sends",
                    "correct the name, or add the metric to the facts",
                )
            elif not any(fact.describes(read.metric) for fact in same):
                yield from _judge_dimensions(alarm, read, same)


def _judge_dimensions(
    alarm: AlarmView, read: Read, facts: tuple[MetricFact, ...]
) -> Iterator[Judgement]:
    dimensions = dict(read.metric.dimensions)
    fitting = [fact for fact in facts if set(dimensions) in map(set, fact.dimension_sets)]
    if not fitting:
        sets = {names: None for fact in facts for names in fact.dimension_sets}
        shown = " or ".join("{" + ", ".join(names) + "}" for names in sets)
        yield alarm.problem(
            f"watches {read.metric.name} with the dimensions {{{', '.join(dimensions)}}}",
            f"exactly {shown}: CloudWatch adds nothing up over dimensions",
            "use a set of dimensions that is sent, or send this one too",
        )
    for name, value in dimensions.items():
        lists = [fact.values.get(name, (value,)) for fact in fitting]
        if lists and not any(value in allowed for allowed in lists):
            known = dict.fromkeys(each for allowed in lists for each in allowed)
            yield alarm.problem(
                f"watches {read.metric.name} with {name}={value}",
                f"one of {', '.join(known)}",
                f"correct the value of {name}, or add it to the facts",
            )


def unit_matches(landscape: Landscape, facts: Facts) -> Iterator[Judgement]:
    """Find alarms that wait for a unit nobody sends."""
    for alarm in landscape.metric_alarms:
        for read in alarm.reads:
            if read.unit is None:
                continue
            fact = facts.find_metric(read.metric)
            if fact is None or fact.unit is None:
                yield alarm.unchecked(f"facts.metrics: unit of {read.metric.name}")
            elif read.unit != fact.unit:
                yield alarm.problem(
                    f"watches only datapoints of {read.metric.name} in {read.unit}",
                    f"no unit, or {fact.unit} as it is sent: else it stays INSUFFICIENT_DATA",
                    "remove Unit from the alarm",
                )


def no_band_on_sparse(landscape: Landscape, facts: Facts) -> Iterator[Judgement]:
    """Find anomaly alarms on metrics with too little to learn from."""
    for alarm in landscape.metric_alarms:
        for read in alarm.reads if alarm.is_anomaly else ():
            fact = facts.find_metric(read.metric)
            if fact is None:
                yield alarm.unchecked(f"facts.metrics with {read.metric.name}")
            elif fact.sparse:
                yield alarm.problem(
                    f"an anomaly band on {fact.name}, which has datapoints only now and then",
                    "a metric that comes all the time",
                    "hold it against a number, or against its own past in the emitter",
                )


METRIC_IS_REGISTERED = Rule(
    number=9,
    slug="metric-is-registered",
    severity=Severity.ERROR,
    says="An alarm's namespace, metric name and exact set of dimensions are ones that are sent.",
    source="CloudWatch User Guide, Metrics concepts: a metric is its name and exact dimensions",
    check=is_registered,
    needs=("metrics",),
)
UNIT_MATCHES_EMITTER = Rule(
    number=10,
    slug="unit-matches-emitter",
    severity=Severity.ERROR,
    says="An alarm asks for no unit, or for the one its metric is sent with.",
    source="CloudWatch API reference, PutMetricAlarm, Unit",
    check=unit_matches,
    needs=("metrics",),
)
NO_BAND_ON_SPARSE_METRIC = Rule(
    number=17,
    slug="no-band-on-sparse-metric",
    severity=Severity.ERROR,
    says="No anomaly alarm watches a metric that has datapoints only now and then.",
    source="CloudWatch User Guide, Using CloudWatch anomaly detection",
    check=no_band_on_sparse,
    needs=("metrics",),
)
