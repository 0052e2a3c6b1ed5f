"""Rules 5 to 8: silence is a decision, and somebody hears it."""

from collections.abc import Iterator

from rehearsal.lint.alarm_view import AlarmView
from rehearsal.lint.facts import Facts, MetricFact
from rehearsal.lint.finding import Judgement, Place, Problem, Severity, Unchecked
from rehearsal.lint.heartbeat import list_emitters, tells_silence
from rehearsal.lint.landscape import Landscape
from rehearsal.lint.rule import Rule


def states_treatment(landscape: Landscape, _facts: Facts) -> Iterator[Problem]:
    """Find alarms that leave the meaning of missing data to a default."""
    for alarm in landscape.metric_alarms:
        if "TreatMissingData" not in alarm.properties:
            yield alarm.problem(
                "no treatment of missing data: INSUFFICIENT_DATA whenever the metric is silent",
                "breaching, notBreaching, ignore, or missing where that is meant",
                "state TreatMissingData",
            )


def breaching_outlasts_cadence(landscape: Landscape, facts: Facts) -> Iterator[Judgement]:
    """Find alarms that a metric's ordinary pauses set off."""
    for alarm in landscape.metric_alarms:
        if alarm.treatment != "breaching":
            continue
        if facts.metrics is None:
            yield alarm.unchecked("facts.metrics")
            continue
        for read in alarm.reads:
            yield from _judge_cadence(alarm, read.metric.name, facts.find_metric(read.metric))


def _judge_cadence(alarm: AlarmView, name: str, fact: MetricFact | None) -> Iterator[Judgement]:
    if fact is None:
        yield alarm.unchecked(f"facts.metrics with {name}")
    elif fact.sparse:
        yield alarm.problem(
            f"missing data is breaching, but {name} has datapoints only when something happens",
            "breaching only on a metric that comes all the time",
            "emit zeros, or watch the emitter's heartbeat instead",
        )
    elif fact.cadence_seconds is None:
        yield alarm.unchecked(f"facts.metrics: cadence_seconds of {name}")
    else:
        yield from _judge_window(alarm, name, fact.cadence_seconds)


def _judge_window(alarm: AlarmView, name: str, cadence: int) -> Iterator[Judgement]:
    period, count = alarm.period_seconds, alarm.evaluation_periods
    if period is None or count is None:
        yield alarm.unchecked("a period and evaluation periods that can be read")
    elif period < cadence and alarm.datapoints_to_alarm == count:
        # All of many short periods must be empty: one beat among them keeps it quiet.
        if period * count < cadence + 2 * period:
            yield alarm.problem(
                f"missing data is breaching over {count} × {period} s, but {name} comes every "
                f"{cadence} s",
                f"a window of at least {cadence + 2 * period} s",
                "lengthen the period or take more of them",
            )
    elif period < cadence or period * count < 2 * cadence:
        yield alarm.problem(
            f"missing data is breaching over {count} × {period} s, but {name} comes every "
            f"{cadence} s",
            f"a period of at least {cadence} s and a window of at least {2 * cadence} s",
            "lengthen the period or take more of them",
        )


def emitter_has_heartbeat(landscape: Landscape, facts: Facts) -> Iterator[Judgement]:
    """Find emitters whose silence nobody would hear."""
    if facts.emitters is None:
        if landscape.metric_alarms:
            yield Unchecked(place=Place(), needs="facts.emitters")
        return
    for emitter in facts.emitters:
        alarm = landscape.find_alarm(emitter.heartbeat_alarm) if emitter.heartbeat_alarm else None
        if alarm is None:
            yield Problem(
                place=Place(alarm=emitter.heartbeat_alarm),
                found=f"emitter {emitter.name}: "
                + (
                    f"its heartbeat alarm {emitter.heartbeat_alarm} is in no template"
                    if emitter.heartbeat_alarm
                    else "no heartbeat alarm"
                ),
                expected="an alarm that fires when the emitter falls silent",
                fix="add an alarm on a metric it sends each run, with missing data breaching, and "
                "name it in facts.emitters",
            )
        elif not tells_silence(landscape, facts, alarm, emitter.name):
            yield alarm.problem(
                f"named as the heartbeat of {emitter.name}, but it stays OK while that is silent",
                "missing data breaching, or a metric of another emitter that has a heartbeat",
                "set TreatMissingData: breaching",
            )


def quiet_alarm_has_twin(landscape: Landscape, facts: Facts) -> Iterator[Judgement]:
    """Find alarms that take silence for good news while nobody hears the silence."""
    for alarm in landscape.metric_alarms:
        if alarm.treatment != "notBreaching" or _reads_aws_only(alarm):
            continue
        if facts.metrics is None or facts.emitters is None:
            yield alarm.unchecked("facts.metrics and facts.emitters")
            continue
        heartbeats = {each.name: each.heartbeat_alarm for each in facts.emitters}
        for emitter in sorted(list_emitters(alarm, facts)):
            twin = landscape.find_alarm(heartbeats.get(emitter, ""))
            if twin is None or not tells_silence(landscape, facts, twin, emitter):
                yield alarm.problem(
                    f"missing data is notBreaching, and no alarm tells when {emitter} falls silent",
                    f"a heartbeat alarm on {emitter}",
                    "add one and name it in facts.emitters",
                )
        for read in alarm.reads:
            if not facts.find_metric(read.metric) and not read.metric.namespace.startswith("AWS/"):
                yield alarm.unchecked(f"facts.metrics with {read.metric.name}")


def _reads_aws_only(alarm: AlarmView) -> bool:
    return all(read.metric.namespace.startswith("AWS/") for read in alarm.reads)


MISSING_DATA_STATED = Rule(
    number=5,
    slug="missing-data-stated",
    severity=Severity.WARNING,
    says="Every metric alarm states how it treats missing data.",
    source="CloudWatch User Guide, Configuring how CloudWatch alarms treat missing data",
    check=states_treatment,
)
BREACHING_OUTLASTS_CADENCE = Rule(
    number=6,
    slug="breaching-outlasts-cadence",
    severity=Severity.ERROR,
    says="Missing data is breaching only where the period is no shorter than the metric's cadence "
    "and the window no shorter than two, or where all periods of a longer window must be empty.",
    source="CMSgov/beneficiary-fhir-data#1966: alarms on a 15-minute metric flapped every 15 "
    "minutes",
    check=breaching_outlasts_cadence,
    needs=("metrics",),
)
EMITTER_HAS_HEARTBEAT = Rule(
    number=7,
    slug="emitter-has-heartbeat",
    severity=Severity.ERROR,
    says="Every emitter of metrics has an alarm that fires when it falls silent.",
    source="CloudWatch User Guide, Configuring how CloudWatch alarms treat missing data: only "
    "breaching tells that data stopped",
    check=emitter_has_heartbeat,
    needs=("emitters",),
)
QUIET_ALARM_HAS_TWIN = Rule(
    number=8,
    slug="quiet-alarm-has-twin",
    severity=Severity.ERROR,
    says="Where missing data is notBreaching, a heartbeat alarm on the same emitter hears silence.",
    source="CloudWatch User Guide, Configuring how CloudWatch alarms treat missing data",
    check=quiet_alarm_has_twin,
    needs=("metrics", "emitters"),
)
