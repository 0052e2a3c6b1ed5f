"""The database's whole server is killed in the middle of a run."""

from datetime import timedelta
from pathlib import Path

import pytest

from rehearsal.local.postgres import PostgresServer
from rehearsal.local.workspace import RunDirectory
from tests.integration.counting_stage import PIPELINE_SETTINGS, START, begin, staged
from watchkeeper.collection.pipelines import count_pipelines
from watchkeeper.definitions.errors import CollectionError


def test_a_killed_database_is_made_up_for_once_it_is_back(
    run_directory: RunDirectory, tmp_path: Path
) -> None:
    """The server dies between two queries of a run, and is away for the next one."""
    with (
        PostgresServer(run_directory.path / "mortal-postgres") as server,
        staged(server, server.create_database(), tmp_path) as stage,
    ):
        stage.run(count_pipelines, PIPELINE_SETTINGS)
        # Speed is bought with the last commits before a crash; here they matter.
        stage.connection.execute("SET synchronous_commit = on")
        for minutes in (-110, -60, 1):
            begin(stage, START + timedelta(minutes=minutes))
        stage.wait(minutes=5)
        stage.interrupt("before pipeline_executions.sql", server.kill, nth=2)
        with pytest.raises(CollectionError, match="could not run pipeline_executions"):
            stage.run(count_pipelines, PIPELINE_SETTINGS)
        with pytest.raises(CollectionError, match="could not connect"):
            stage.run(count_pipelines, PIPELINE_SETTINGS)
        server.start()
        stage.wait(minutes=5)
        stage.run(count_pipelines, PIPELINE_SETTINGS)
        assert stage.emitted.of("PipelineExecutions") == {"18:10": 1, "19:00": 1, "20:01": 1}
