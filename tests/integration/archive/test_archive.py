"""What the archive does to rows: which go, which stay, and that they come back as they were."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.integration.archive.stage import CUTOFF, NOW, TABLES, Stage, fill
from watchkeeper.archive.job import PartLimits


def test_old_rows_are_moved_and_young_ones_stay(stage: Stage) -> None:
    fill(stage)
    before = {table: stage.rows(table) for table in TABLES}
    result = stage.run()
    assert result["pipeline_executions"]["archived"] == 4
    assert result["pipeline_executions"]["deleted"] == 4
    assert result["email_delivery_log"]["deleted"] == 1
    for table in TABLES:
        left, archived = stage.rows(table), stage.restored(table)
        assert not left.keys() & archived.keys()
        assert left | archived == before[table]
        column = "created_at" if table == "pipeline_executions" else "sent_at"
        [(oldest,)] = stage.connection.execute(f"SELECT min({column}) FROM {table}")
        assert oldest == CUTOFF


def test_a_second_run_finds_nothing_to_do(stage: Stage) -> None:
    fill(stage)
    stage.run()
    objects = dict(stage.bucket.objects)
    assert stage.run()["pipeline_executions"]["archived"] == 0
    assert stage.bucket.objects == objects


def test_parts_are_named_by_table_month_and_number(stage: Stage) -> None:
    fill(stage)
    stage.run()
    names = [key.partition(".")[0] for key in stage.bucket.objects if key.endswith(".gz")]
    assert sorted(names) == [
        "test/email_delivery_log/2025-11/part-000001",
        "test/pipeline_executions/2025-10/part-000001",
        "test/pipeline_executions/2025-11/part-000001",
    ]


ODD_COLUMNS = """
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE span AS (low integer, high integer);
ALTER TABLE pipeline_executions
    ADD COLUMN exact numeric, ADD COLUMN bytes bytea, ADD COLUMN words text[],
    ADD COLUMN grid integer[][], ADD COLUMN doc json, ADD COLUMN docb jsonb, ADD COLUMN d float8,
    ADD COLUMN f real, ADD COLUMN span span, ADD COLUMN mood mood, ADD COLUMN gap interval,
    ADD COLUMN local timestamp, ADD COLUMN net inet, ADD COLUMN range tstzrange,
    ADD COLUMN fixed char(5), ADD COLUMN bits bit varying(9), ADD COLUMN "Odd ""name" text,
    ADD COLUMN serial bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN doubled integer GENERATED ALWAYS AS (signal_count * 2) STORED;
"""
ODD_ROW = r"""
INSERT INTO pipeline_executions (
    pipeline_type, pipeline_name, created_at, signal_count, exact, bytes, words, grid, doc, docb,
    d, f, span, mood, gap, local, net, range, fixed, bits, "Odd ""name", veto_reason, trigger_data
) VALUES
('a', E'line\none "two" \\ \u2028 \U0001F600', '2025-09-30 23:59:59.999999+00', 3,
 12345678901234567890.123456789012345678901234567890, '\x00ff0a', ARRAY['x', NULL, '', 'NULL'],
 '[0:1][2:3]={{1,2},{3,NULL}}', E'{"b":1,\n "a" : 1.50, "a":2}', '{"big": 1e400, "n": 1.10}',
 '0.1', '1e-45', ROW(1, NULL), 'happy', '1 year -2 days 03:04:05.000006', 'infinity',
 '10.0.0.1/8', '[2025-01-01,)', 'ab', B'101', 'x', '', 'null'),
('a', 'nulls', '2025-09-01 00:00:00+00', NULL, 'NaN', NULL, '{}', NULL, 'null', NULL, '-0', 'NaN',
 ROW(NULL, NULL), NULL, NULL, NULL, NULL, 'empty', NULL, NULL, NULL, NULL, NULL),
('a', 'young', now(), 1, 1, NULL, '{}', NULL, 'null', NULL, '-0', 'NaN',
 NULL, NULL, NULL, NULL, NULL, 'empty', NULL, NULL, NULL, NULL, NULL)
"""


def test_every_type_comes_back_as_it_was(stage: Stage) -> None:
    stage.connection.execute(ODD_COLUMNS)
    stage.connection.execute(ODD_ROW)
    before = stage.rows("pipeline_executions")
    # The application's own connections may be set otherwise.
    stage.connection.execute("SET extra_float_digits = 0; SET TimeZone = 'Asia/Kathmandu'")
    assert stage.run()["pipeline_executions"]["deleted"] == 2
    result = stage.restore("pipeline_executions", date(2025, 9, 1))
    assert (result.rows, result.restored, result.there_already) == (2, 2, 0)
    stage.connection.execute("SET extra_float_digits = 1; SET TimeZone = 'UTC'")
    assert stage.rows("pipeline_executions") == before
    [(kind,)] = stage.connection.execute(
        "SELECT jsonb_typeof(trigger_data) FROM pipeline_executions WHERE veto_reason = ''"
    )
    assert kind == "null"


def test_the_newest_run_of_a_pipeline_stays_however_old(stage: Stage) -> None:
    for days in (100, 200, 300):
        stage.connection.execute(
            "INSERT INTO pipeline_executions (pipeline_type, pipeline_name, created_at) "
            "VALUES ('org_health', 'x', %s)",
            (NOW - timedelta(days=days),),
        )
    assert stage.run()["pipeline_executions"]["archived"] == 2
    [(newest,)] = stage.connection.execute("SELECT created_at FROM pipeline_executions")
    assert newest == NOW - timedelta(days=100)


def test_a_row_that_changes_after_it_was_read_stays_and_is_archived_anew(stage: Stage) -> None:
    fill(stage)
    before = stage.rows("pipeline_executions")
    changed = False

    def change(step: str) -> None:
        nonlocal changed
        if step == "after get_object" and not changed:
            changed = True
            with stage.database.owner.connect() as other:
                other.execute(
                    "UPDATE pipeline_executions SET status = 'failed' WHERE created_at = "
                    "(SELECT min(created_at) FROM pipeline_executions)"
                )

    stage.at_step = change
    result = stage.run()
    assert (result["pipeline_executions"]["deleted"], result["pipeline_executions"]["changed"]) == (
        3,
        1,
    )
    stage.at_step = None
    left = stage.rows("pipeline_executions")
    assert len(left) == 5
    stage.now += timedelta(days=7)
    stage.run()
    assert len(stage.archived_keys("pipeline_executions")) >= 5
    restored = stage.restored("pipeline_executions")
    [key] = [key for key, row in restored.items() if ",failed," in row]
    assert restored[key] == left[key] != before[key]


def test_a_column_that_is_new_when_a_part_is_finished_with_is_not_lost(stage: Stage) -> None:
    fill(stage)

    def die(step: str) -> None:
        if step == "after put_object" and any("manifest" in key for key in stage.bucket.objects):
            raise KeyboardInterrupt

    stage.at_step = die
    with pytest.raises(KeyboardInterrupt):
        stage.run()
    stage.at_step = None
    stage.connection.execute("ALTER TABLE pipeline_executions ADD COLUMN mood text DEFAULT 'new'")
    before = stage.rows("pipeline_executions")
    stage.run()
    assert stage.rows("pipeline_executions") | stage.restored("pipeline_executions") == before


def test_a_part_ends_when_it_is_large_enough(stage: Stage) -> None:
    fill(stage)
    result = stage.run(PartLimits(part_rows=100, part_bytes=1, batch_rows=2))
    assert result["pipeline_executions"]["parts"] == 4
    assert len(stage.restored("pipeline_executions")) == 4


def test_times_that_are_no_times_stay(stage: Stage) -> None:
    for moment in ("-infinity", "infinity", "0044-03-15 BC", "1969-12-31"):
        stage.connection.execute(
            "INSERT INTO email_delivery_log (email_type, sent_at) VALUES ('x', %s)", (moment,)
        )
    stage.run()
    assert len(stage.rows("email_delivery_log")) == 4


def test_months_are_those_of_utc(stage: Stage) -> None:
    moments = (datetime(2025, 3, 31, 23, 59, 59, 999_999, UTC), datetime(2025, 4, 1, tzinfo=UTC))
    for moment in moments:
        stage.connection.execute(
            "INSERT INTO email_delivery_log (email_type, sent_at) VALUES ('x', %s)", (moment,)
        )
    stage.run()
    for month in (date(2025, 3, 1), date(2025, 4, 30)):
        assert stage.restore("email_delivery_log", month).restored == 1
