"""The commands on the archive, as an operator runs them."""

from typing import Any

import pytest
from click.testing import CliRunner, Result

from rehearsal.cli import main
from tests.integration.archive.stage import Stage, fill
from watchkeeper.operations import archive_command


@pytest.fixture
def operator(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    owner = stage.database.owner
    settings = {
        "PGHOST": owner.host,
        "PGPORT": str(owner.port),
        "PGDATABASE": owner.name,
        "PGUSER": owner.user,
        "PGPASSWORD": owner.password,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(archive_command, "operator_clients", lambda *_: lambda _: stage.bucket)
    fill(stage)
    return stage


def command(*arguments: str) -> Result:
    where: Any = ("--environment", "test", "--bucket", "archive", "--table", "pipeline_executions")
    return CliRunner().invoke(main, ["archive", arguments[0], *where, *arguments[1:]])


def test_what_is_archived_is_listed_by_month(operator: Stage) -> None:
    operator.run()
    done = command("list")
    assert done.output.split() == ["2025-10", "3", "rows", "2025-11", "1", "rows"]


def test_a_month_is_restored_and_the_counts_are_told(operator: Stage) -> None:
    before = operator.rows("pipeline_executions")
    operator.run()
    assert len(operator.rows("pipeline_executions")) == 4
    done = command("restore", "--month", "2025-10")
    assert done.exit_code == 0, done.output
    assert "part-000001.ndjson.gz: 3 rows so far" in done.stderr
    assert done.stdout == (
        "3 rows in 1 parts: 3 restored into pipeline_executions, 0 there already\n"
    )
    assert "0 restored" in command("restore", "--month", "2025-10").stdout
    command("restore", "--month", "2025-11")
    assert operator.rows("pipeline_executions") == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--month", "2024-01"), "no rows of pipeline_executions of 2024-01, expected one of 2025"),
        (("--month", "2025-10", "--into", "nowhere"), 'relation "public.nowhere" does not exist'),
        (("--month", "2025-10", "--into", "human_overrides"), "human_overrides lacks"),
        (("--month", "soon"), "found 'soon', expected a month such as 2026-03"),
    ],
)
def test_what_cannot_be_restored_is_said_in_a_sentence(
    operator: Stage, arguments: tuple[str, ...], said: str
) -> None:
    operator.run()
    done = command("restore", *arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", "").split())


def test_a_damaged_part_restores_nothing(operator: Stage) -> None:
    operator.run()
    for key in [key for key in operator.bucket.objects if key.endswith(".gz")]:
        operator.bucket.objects[key] += b"x"
    done = command("restore", "--month", "2025-10")
    assert done.exit_code == 2
    assert "differ from" in done.stderr
    assert len(operator.rows("pipeline_executions")) == 4
