"""What is counted does not change when old rows go: no count is taken back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from rehearsal.local.database import Database
from rehearsal.local.postgres import PostgresServer
from tests.integration import counting_stage
from tests.integration.archive.stage import Stage
from tests.integration.counting_stage import (
    PIPELINE_SETTINGS,
    UNSUBSCRIBE_SETTINGS,
    begin,
    insert,
    staged,
)
from watchkeeper.collection.pipelines import count_pipelines
from watchkeeper.collection.unsubscribes import count_unsubscribes


@pytest.fixture
def counting(
    postgres: PostgresServer, database: Database, tmp_path: Path
) -> Iterator[counting_stage.Stage]:
    with staged(postgres, database, tmp_path) as stage:
        yield stage


def count(stage: counting_stage.Stage) -> None:
    stage.run(count_pipelines, PIPELINE_SETTINGS)
    stage.run(count_unsubscribes, UNSUBSCRIBE_SETTINGS)


def test_an_archive_run_takes_no_count_back(counting: counting_stage.Stage, stage: Stage) -> None:
    count(counting)
    counting.wait(minutes=5)
    start = counting.wall
    for days in (0, 1, 20, 34, 89, 91, 95, 120):
        moment = start - timedelta(days=days, minutes=2)
        begin(counting, moment)
        insert(
            counting,
            "email_delivery_log",
            email_type="daily_digest",
            status="unsubscribed",
            sent_at=moment,
            # The old ones too have unsubscribed just now.
            updated_at=start - timedelta(minutes=1),
        )
    counting.wait(minutes=5)
    count(counting)
    before = counting.emitted.everything()
    assert any(name.startswith("Unsubscribes{}") for name in before)
    assert any(name.startswith("PipelineExecutions{}") for name in before)
    stage.now = counting.wall
    archived = stage.run()
    assert archived["pipeline_executions"]["deleted"] == 3
    assert archived["email_delivery_log"]["deleted"] == 3
    for _ in range(3):
        counting.wait(minutes=5)
        count(counting)
    assert counting.emitted.everything() == before
    assert all(value > 0 for value in counting.emitted.everything().values())
