"""What of Storytailor's database is archived once it is old."""

from watchkeeper.definitions.archived_table import ArchivedTableDefinition

ARCHIVED_TABLES = (
    ArchivedTableDefinition(
        name="pipeline_executions", time_column="created_at", newest_kept_by="pipeline_type"
    ),
    ArchivedTableDefinition(name="email_delivery_log", time_column="sent_at"),
)
