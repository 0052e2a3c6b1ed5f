"""What the tests of referral_metrics play on: a stage, and what the application does there."""

from typing import Any
from uuid import uuid4

from tests.integration.counting_account import ENVIRONMENT, SECRET, TABLE
from tests.integration.counting_stage import Stage, insert
from watchkeeper.collection.referrals import count_referrals
from watchkeeper.runtime.settings import ReferralMetricsSettings

SETTINGS = ReferralMetricsSettings(
    environment=ENVIRONMENT,
    database_secret=SECRET,
    ledger_table=TABLE,
    reward_sources=("referral", "milestone"),
)


def loosen(stage: Stage) -> None:
    """Let the tables take the rows that an older application may have written."""
    stage.allow_null("reward_ledger", "source", "status", "amount")
    stage.allow_null("referral_tracking", "status", "reward_status")


def count(stage: Stage, **when: Any) -> dict[str, Any]:
    """Run the function."""
    return dict(stage.run(count_referrals, SETTINGS, **when))


def reward(stage: Stage, status: str | None, **values: object) -> Any:
    """Insert a reward, now unless told otherwise, and return its id."""
    row = {
        "user_id": uuid4(),
        "source": "referral",
        "amount": 1000,
        "status": status,
        "created_at": stage.wall,
    }
    return insert(stage, "reward_ledger", **{**row, **values})


def refer(
    stage: Stage, status: str | None, reward_status: str | None = "none", **values: Any
) -> Any:
    """Insert a referral, now unless told otherwise, and return its id."""
    row = {
        "referrer_id": uuid4(),
        "status": status,
        "reward_status": reward_status,
        "created_at": stage.wall,
    }
    return insert(stage, "referral_tracking", **{**row, **values})


def change(stage: Stage, table: str, row: Any, **values: object) -> None:
    """Overwrite some columns of a row."""
    sets = ", ".join(f"{name} = %({name})s" for name in values)
    stage.connection.execute(f"UPDATE {table} SET {sets} WHERE id = %(id)s", {**values, "id": row})
