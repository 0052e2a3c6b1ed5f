"""Log groups and the metric filters that turn their events into datapoints."""

from typing import Final

from rehearsal.engine.errors import RefusedError
from rehearsal.engine.metric_filter.pattern import parse_pattern
from rehearsal.engine.metric_filter.transformation import MetricFilter
from rehearsal.engine.template.deployment import LogGroupDefinition
from rehearsal.engine.template.entry import Entry

LOG_GROUP = "AWS::Logs::LogGroup"
METRIC_FILTER = "AWS::Logs::MetricFilter"

# They change which events a filter sees, or what its metric is called, in unpublished ways.
_REFUSED: Final = ("ApplyOnTransformedLogs", "EmitSystemFieldDimensions", "FieldSelectionCriteria")


def read_log_group(entry: Entry) -> LogGroupDefinition:
    """Read a log group."""
    days = entry.fields.whole("RetentionInDays", 0)
    return LogGroupDefinition(
        name=entry.name, arn=entry.arn, retention_days=days or None, source=entry.source
    )


def read_metric_filter(entry: Entry) -> MetricFilter:
    """Read a metric filter: the empty pattern is one too, and matches everything."""
    fields = entry.fields
    for name in _REFUSED:
        if fields.value(name) not in (None, False, "false", []):
            message = f"it has {name}"
            raise RefusedError(message)
    transformations = fields.parts("MetricTransformations")
    if len(transformations) != 1:
        message = f"MetricTransformations has {len(transformations)} items, expected 1"
        raise fields.error(message)
    given = transformations[0]
    return MetricFilter(
        name=fields.text("FilterName", f"{entry.resource.stack}-{entry.resource.logical_id}"),
        log_group=fields.text("LogGroupName"),
        pattern=parse_pattern(fields.any_text("FilterPattern")),
        namespace=given.text("MetricNamespace"),
        metric_name=given.text("MetricName"),
        value=given.text("MetricValue"),
        default=given.number("DefaultValue") if "DefaultValue" in given else None,
        unit=given.optional_text("Unit"),
        dimensions=tuple(
            (part.text("Key"), part.text("Value")) for part in given.parts("Dimensions")
        ),
    )
