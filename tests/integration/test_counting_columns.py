"""Tables differ between deployments: which columns counting needs, and which it does not."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from rehearsal.local.database import Database
from rehearsal.local.postgres import PostgresServer
from tests.integration.counting_stage import (
    PIPELINE_SETTINGS,
    START,
    UNSUBSCRIBE_SETTINGS,
    Stage,
    insert,
    staged,
)
from watchkeeper.collection.pipelines import count_pipelines
from watchkeeper.collection.unsubscribes import count_unsubscribes
from watchkeeper.definitions.errors import CollectionError

DIGEST = "PipelineType=daily_digest"


@pytest.fixture
def stage(postgres: PostgresServer, database: Database, tmp_path: Path) -> Iterator[Stage]:
    with staged(postgres, database, tmp_path) as stage:
        yield stage


def add(stage: Stage) -> None:
    insert(
        stage,
        "pipeline_executions",
        pipeline_type="daily_digest",
        pipeline_name="digest",
        status="completed",
        created_at=START - timedelta(minutes=7),
    )


def send(stage: Stage, **ago: float) -> object:
    return insert(
        stage,
        "email_delivery_log",
        email_type="daily_digest",
        status="delivered",
        sent_at=START - timedelta(**ago),
    )


def count(stage: Stage) -> Mapping[str, object]:
    return stage.run(count_pipelines, PIPELINE_SETTINGS)


def count_emails(stage: Stage) -> Mapping[str, object]:
    return stage.run(count_unsubscribes, UNSUBSCRIBE_SETTINGS)


@pytest.mark.parametrize("missing", ["confidence_score", "signal_count", "user_id"])
def test_a_table_without_a_column_that_is_not_needed_is_counted_all_the_same(
    stage: Stage, missing: str
) -> None:
    stage.connection.execute(f"ALTER TABLE pipeline_executions DROP COLUMN {missing} CASCADE")
    add(stage)
    count(stage)
    assert stage.emitted.total("PipelineExecutions", DIGEST) == 1


def test_a_table_without_a_column_that_is_needed_fails_loudly_by_its_name(
    stage: Stage,
) -> None:
    stage.connection.execute("ALTER TABLE pipeline_executions DROP COLUMN veto_reason")
    with pytest.raises(CollectionError, match="veto_reason") as caught:
        count(stage)
    assert not caught.value.retryable


def test_without_updated_at_unsubscribes_of_an_outage_are_spread_over_it(stage: Stage) -> None:
    emails = [send(stage, days=1) for _ in range(12)]
    stage.connection.execute("ALTER TABLE email_delivery_log DROP COLUMN updated_at")
    count_emails(stage)
    for email in emails:
        stage.connection.execute(
            "UPDATE email_delivery_log SET status = 'unsubscribed' WHERE id = %s", (email,)
        )
    stage.wait(hours=6)
    count_emails(stage)
    hours = stage.emitted.of("Unsubscribes")
    assert sum(hours.values()) == 12
    # Two an hour: nothing that looks like the more than ten in an hour that page somebody.
    assert max(hours.values()) == 1
    assert len({minute[:2] for minute in hours}) == 6


@pytest.mark.parametrize("missing", ["error", "updated_at", "queued_at", "delivered_at"])
def test_each_optional_column_may_be_absent(stage: Stage, missing: str) -> None:
    stage.connection.execute(f"ALTER TABLE email_delivery_log DROP COLUMN {missing}")
    email = send(stage, minutes=30)
    count_emails(stage)
    stage.connection.execute(
        "UPDATE email_delivery_log SET status = 'unsubscribed' WHERE id = %s", (email,)
    )
    stage.wait(minutes=5)
    count_emails(stage)
    assert stage.emitted.total("Unsubscribes") == 1
    assert stage.emitted.of("EmailsSent") == {"19:30": 1}
