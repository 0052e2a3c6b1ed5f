"""The metrics of how people hold the pipelines in hand: kill switches, rules, overrides."""

from watchkeeper.definitions.metric import Kind, MetricDefinition, Unit

# As in metrics.py, which takes in these.
PIPELINES = "Storytailor/Pipelines"
BY_PIPELINE = ("Environment", "Pipeline")
BY_TYPE_AND_OVERRIDE = ("Environment", "PipelineType", "OverrideType")
BY_GROUP = ("Environment", "PipelineGroup")

KILL_SWITCH_ACTIVE = MetricDefinition(
    namespace=PIPELINES,
    name="KillSwitchActive",
    unit=Unit.COUNT,
    kind=Kind.GAUGE,
    dimension_sets=(BY_PIPELINE,),
    description=(
        "1 while the kill switch holds the pipeline back (its parameter is false), 0 while it may "
        "run (true); absent while the parameter says neither."
    ),
    source="kill_switch_metrics",
)
RULE_ENABLED = MetricDefinition(
    namespace=PIPELINES,
    name="RuleEnabled",
    unit=Unit.COUNT,
    kind=Kind.GAUGE,
    dimension_sets=(BY_PIPELINE,),
    description=(
        "1 while the EventBridge rule that starts the pipeline is enabled, 0 while it is disabled "
        "or missing."
    ),
    source="kill_switch_metrics",
)
HUMAN_OVERRIDES = MetricDefinition(
    namespace=PIPELINES,
    name="HumanOverrides",
    unit=Unit.COUNT,
    kind=Kind.COUNTER,
    dimension_sets=(BY_TYPE_AND_OVERRIDE,),
    description="What people overrode of the pipelines' decisions, at the minute of occurred_at.",
    source="override_metrics",
)
OVERRIDE_RATE = MetricDefinition(
    namespace=PIPELINES,
    name="OverrideRate",
    unit=Unit.PERCENT,
    kind=Kind.GAUGE,
    dimension_sets=(BY_GROUP,),
    description=(
        "Overrides in percent of the runs of 30 days, by group of pipelines (therapeutic, crisis); "
        "absent while the runs are too few to say."
    ),
    source="override_metrics",
)

CONTROL_METRICS = (KILL_SWITCH_ACTIVE, RULE_ENABLED, HUMAN_OVERRIDES, OVERRIDE_RATE)
