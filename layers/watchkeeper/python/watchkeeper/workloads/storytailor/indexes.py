"""The indexes with which every query of the suite reads what is new and no more.

`docs/sql/recommended-indexes.sql` creates them; a test holds the two equal. An index of any name
that begins with the same columns, under the same condition, does as well.
"""

from dataclasses import dataclass

from watchkeeper.definitions.errors import DefinitionError


@dataclass(frozen=True, kw_only=True)
class IndexDefinition:
    """Declare one index: its table, its key columns in order, and which rows it is limited to."""

    name: str
    table: str
    columns: tuple[str, ...]
    predicate: str = ""

    def __post_init__(self) -> None:
        """Refuse an index on nothing."""
        if not self.columns:
            raise DefinitionError(f"index {self.name}: expected one or more columns")


RECOMMENDED_INDEXES = (
    IndexDefinition(
        name="pipeline_executions_created_at",
        table="pipeline_executions",
        columns=("created_at",),
    ),
    IndexDefinition(
        name="email_delivery_log_sent_at", table="email_delivery_log", columns=("sent_at",)
    ),
    IndexDefinition(
        name="pipeline_executions_type_created_at",
        table="pipeline_executions",
        columns=("pipeline_type", "created_at"),
    ),
    IndexDefinition(
        name="email_delivery_log_unsubscribed_sent_at",
        table="email_delivery_log",
        columns=("sent_at",),
        predicate="status = 'unsubscribed'",
    ),
    IndexDefinition(
        name="email_delivery_log_complained_sent_at",
        table="email_delivery_log",
        columns=("sent_at",),
        predicate="status = 'spam_complaint'",
    ),
    IndexDefinition(
        name="referral_tracking_created_at", table="referral_tracking", columns=("created_at",)
    ),
    IndexDefinition(
        name="reward_ledger_created_at", table="reward_ledger", columns=("created_at",)
    ),
    IndexDefinition(
        name="human_overrides_occurred_at", table="human_overrides", columns=("occurred_at",)
    ),
)
