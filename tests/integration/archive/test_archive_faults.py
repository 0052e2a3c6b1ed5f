"""When something is in the way: loud, bounded, and mended by the next run."""

import time
from datetime import timedelta
from unittest.mock import patch

import pytest
from botocore.exceptions import ConnectTimeoutError

from tests.integration.archive.stage import TABLES, Stage, fill, refusal
from watchkeeper.archive import session
from watchkeeper.archive.job import PartLimits
from watchkeeper.definitions.errors import ArchiveError, BackupError, CollectionError


@pytest.mark.parametrize(
    ("operation", "error", "said"),
    [
        ("put_object", refusal("PutObject", "AccessDenied", 403), "AccessDenied"),
        ("put_object", refusal("PutObject", "SlowDown", 503), "SlowDown"),
        ("get_object", refusal("GetObject", "AccessDenied", 403), "AccessDenied"),
        ("list_objects_v2", refusal("ListObjectsV2", "NoSuchBucket", 404), "NoSuchBucket"),
        ("put_object", ConnectTimeoutError(endpoint_url="https://s3"), "no answer"),
    ],
)
def test_a_bucket_that_refuses_fails_the_run_and_keeps_every_row(
    stage: Stage, operation: str, error: Exception, said: str
) -> None:
    fill(stage)
    before = {table: stage.rows(table) for table in TABLES}
    stage.bucket.faults[operation] = error
    with pytest.raises(BackupError, match=said):
        stage.run()
    assert {table: stage.rows(table) for table in TABLES} == before
    stage.bucket.faults.clear()
    stage.run()
    assert len(stage.rows("pipeline_executions")) == 4
    assert len(stage.restored("pipeline_executions")) == 4


def test_other_bytes_than_were_written_keep_every_row(stage: Stage) -> None:
    fill(stage)
    before = stage.rows("pipeline_executions")

    def damage(step: str) -> None:
        if step == "after put_object":
            for key in stage.bucket.objects:
                stage.bucket.objects[key] = stage.bucket.objects[key][:-1] + b"?"

    stage.at_step = damage
    with pytest.raises(ArchiveError, match="differ from"):
        stage.run()
    assert stage.rows("pipeline_executions") == before
    assert not any("manifest" in key for key in stage.bucket.objects)


def test_a_database_that_is_down_fails_the_run_and_writes_nothing(stage: Stage) -> None:
    fill(stage)
    stage.gateway.refuse()
    with pytest.raises(CollectionError, match="could not connect"):
        stage.run()
    assert not stage.bucket.objects
    stage.gateway.normal()
    assert stage.run()["pipeline_executions"]["deleted"] == 4


def test_rows_that_somebody_holds_stay_for_the_next_run(stage: Stage) -> None:
    fill(stage)
    with (
        patch.dict(session.LIMITS, {"lock_timeout": "20"}),
        stage.database.owner.connect(autocommit=False) as other,
    ):
        other.execute(
            "SELECT 1 FROM pipeline_executions WHERE created_at = "
            "(SELECT min(created_at) FROM pipeline_executions) FOR UPDATE"
        )
        with pytest.raises(ArchiveError, match="locked by others and stay until the next run"):
            stage.run()
        assert 4 < len(stage.rows("pipeline_executions")) < 8
        # The other table is none of theirs.
        assert len(stage.rows("email_delivery_log")) == 1
    stage.run()
    assert len(stage.rows("pipeline_executions")) == 4
    assert len(stage.archived_keys("pipeline_executions")) == 4


def test_a_table_that_somebody_holds_is_not_waited_for(stage: Stage) -> None:
    fill(stage)
    with (
        patch.dict(session.LIMITS, {"lock_timeout": "20"}),
        stage.database.owner.connect(autocommit=False) as other,
    ):
        other.execute("LOCK TABLE pipeline_executions")
        began = time.monotonic()
        with pytest.raises(CollectionError, match="lock timeout"):
            stage.run()
        assert time.monotonic() - began < 10
    assert stage.run()["pipeline_executions"]["deleted"] == 4


@pytest.mark.parametrize("seconds", [0.5, 12.0, 29.0])
def test_without_time_nothing_is_begun(stage: Stage, seconds: float) -> None:
    fill(stage)
    with pytest.raises((ArchiveError, CollectionError), match="time"):
        stage.run(seconds=seconds)
    assert len(stage.rows("pipeline_executions")) == 8
    stage.run()
    assert len(stage.rows("pipeline_executions")) == 4


def test_what_time_does_not_suffice_for_is_done_by_the_next_run(stage: Stage) -> None:
    fill(stage, count=8)
    elapsed = 0.0
    real = time.monotonic

    def spend(step: str) -> None:
        nonlocal elapsed
        if step == "after put_object":
            elapsed += 40

    stage.at_step = spend
    with patch("time.monotonic", lambda: real() + elapsed):
        result = stage.run(seconds=700.0)["pipeline_executions"]
    assert result["is_complete"] is False
    assert 0 < result["deleted"] < 8
    stage.at_step = None
    stage.now += timedelta(days=7)
    stage.run()
    assert len(stage.archived_keys("pipeline_executions")) == len(
        stage.restored("pipeline_executions")
    )
    assert not stage.store().inventory("pipeline_executions").pending


def test_a_login_that_may_not_delete_is_told_so(stage: Stage) -> None:
    fill(stage)
    stage.connection.execute("REVOKE DELETE ON pipeline_executions FROM watchkeeper_archive")
    with pytest.raises(CollectionError, match="permission denied"):
        stage.run()


def test_row_level_security_without_a_policy_is_noticed(stage: Stage) -> None:
    fill(stage)
    stage.connection.execute(
        "ALTER TABLE pipeline_executions ENABLE ROW LEVEL SECURITY;"
        "DROP POLICY watchkeeper_archive_deletes ON pipeline_executions"
    )
    with pytest.raises(ArchiveError, match="by a policy"):
        stage.run()
    assert len(stage.rows("pipeline_executions")) == 8


def test_with_row_level_security_only_old_rows_can_be_deleted(stage: Stage) -> None:
    fill(stage)
    stage.connection.execute("ALTER TABLE pipeline_executions ENABLE ROW LEVEL SECURITY")
    stage.connection.execute(
        "INSERT INTO pipeline_executions (pipeline_type, pipeline_name) VALUES ('x', 'x')"
    )
    assert stage.run()["pipeline_executions"]["deleted"] == 4
    with stage.database.archiver.connect() as archiver:
        archiver.execute(
            "DELETE FROM pipeline_executions WHERE created_at > now() - '88 days'::interval"
        )
    [(young,)] = stage.connection.execute(
        "SELECT count(*) FROM pipeline_executions WHERE pipeline_type = 'x'"
    )
    assert young == 1


@pytest.mark.parametrize("action", ["CASCADE", "SET NULL", "SET DEFAULT"])
def test_a_table_that_others_would_change_with_is_refused(stage: Stage, action: str) -> None:
    fill(stage)
    stage.connection.execute(
        "CREATE TABLE notes (run uuid REFERENCES pipeline_executions "
        f"ON DELETE {action}, text text)"
    )
    with pytest.raises(ArchiveError, match="notes would change"):
        stage.run()
    assert len(stage.rows("pipeline_executions")) == 8


def test_a_second_run_at_the_same_time_doubles_nothing(stage: Stage) -> None:
    fill(stage)
    has_begun = False

    def overtake(step: str) -> None:
        nonlocal has_begun
        if step == "before put_object" and not has_begun:
            has_begun = True
            stage.run()

    stage.at_step = overtake
    with pytest.raises(BackupError, match="PreconditionFailed"):
        stage.run()
    assert len(stage.archived_keys("pipeline_executions")) == 4
    assert len(stage.rows("pipeline_executions")) == 4


def test_memory_does_not_follow_the_number_of_rows(stage: Stage) -> None:
    """Hold no more than one part."""
    stage.connection.execute(
        "INSERT INTO email_delivery_log (email_type, sent_at) "
        "SELECT 'x', timestamptz '2025-01-01' + n * interval '1 s' FROM generate_series(1, 5000) n"
    )
    largest = 0
    stage.bucket.page_keys = 1000
    result = stage.run(PartLimits(part_rows=1000, batch_rows=500))
    for key, content in stage.bucket.objects.items():
        if key.endswith(".gz"):
            largest = max(largest, len(content))
    assert result["email_delivery_log"]["parts"] == 5
    assert largest < 100_000
