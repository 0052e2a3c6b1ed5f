"""The metrics of the daily test event."""

from watchkeeper.definitions.metric import Kind, MetricDefinition, Unit

HEALTH = "Storytailor/Health"
TOTAL = ("Environment",)

CANARY_ARRIVED = MetricDefinition(
    namespace=HEALTH,
    name="CanaryArrived",
    unit=Unit.COUNT,
    kind=Kind.GAUGE,
    dimension_sets=(TOTAL,),
    description=(
        "1 when the day's test event came out in the curator's log within 60 s, 0 when it did not."
    ),
    source="eventbridge_canary",
)
CANARY_ROUND_TRIP = MetricDefinition(
    namespace=HEALTH,
    name="CanaryRoundTrip",
    unit=Unit.SECONDS,
    kind=Kind.GAUGE,
    dimension_sets=(TOTAL,),
    description=(
        "From sending the day's test event to its line in the curator's log, by the line's own "
        "time; absent when it did not arrive."
    ),
    source="eventbridge_canary",
)

CANARY_METRICS = (CANARY_ARRIVED, CANARY_ROUND_TRIP)
