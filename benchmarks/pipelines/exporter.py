"""query-exporter from the package index, set up with the guide's queries as its user would."""

import http.client
import json
import os
import re
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from benchmarks._memory import peak_memory_megabytes
from benchmarks.pipelines.guide import GUIDE_QUERIES
from rehearsal.local.child_process import ChildDefinition, ChildProcess
from rehearsal.local.database import Login
from rehearsal.local.workspace import REPOSITORY, free_port

PROGRAM = REPOSITORY / ".venv-benchmark" / "bin" / "query-exporter"
HOST = "127.0.0.1"
DATABASE = "storytailor"
START_TIMEOUT_SECONDS = 60.0
SCRAPE_TIMEOUT_SECONDS = 60.0
QUERY_RUNS = re.compile(r'^queries_total\{.*status="(\w+)".*\} (\S+)$', re.MULTILINE)
EXECUTIONS = re.compile(r"^pipeline_executions\{.*\} (\S+)$", re.MULTILINE)


class QueryExporter:
    """Own one query-exporter process; each scrape of it runs all queries and waits for them."""

    def __init__(self, login: Login, directory: Path) -> None:
        if not PROGRAM.exists():
            raise FileNotFoundError("query-exporter is not installed; make bench installs it")
        configuration = directory / "config.yaml"
        # JSON is YAML too.
        configuration.write_text(json.dumps(exporter_configuration(login)), encoding="utf-8")
        self._port = free_port()
        arguments = (str(PROGRAM), "--host", HOST, "--port", str(self._port))
        self._process = ChildProcess(
            ChildDefinition(
                name="query-exporter",
                arguments=(*arguments, "--config", str(configuration)),
                environment={"PATH": os.defpath, "HOME": str(directory)},
                directory=directory,
                log=directory / "query-exporter.log",
            )
        )

    def connect(self) -> None:
        """Start the process; nothing waits until it listens."""
        self._process.start()

    def run(self, now: datetime, *, new_rows: int) -> float:
        """Scrape it once; refuse an answer in which a query failed or rows are missing."""
        self._process.wait_until(self._answers, timeout_seconds=START_TIMEOUT_SECONDS)
        started = time.monotonic()
        text = self._get("/metrics")
        seconds = time.monotonic() - started
        runs = {status: float(count) for status, count in QUERY_RUNS.findall(text)}
        if set(runs) != {"success"}:
            raise ValueError(f"queries of query-exporter ended as {runs}, expected success alone")
        counted = sum(float(count) for count in EXECUTIONS.findall(text))
        if counted < new_rows:
            raise ValueError(f"at {now} it counted {counted:.0f} runs, {new_rows} are new")
        return seconds

    def memory_megabytes(self) -> float | None:
        """Return the most memory the process has used."""
        return peak_memory_megabytes(self._process.pid)

    def disconnect(self) -> None:
        """Stop the process: it keeps its connection as long as it runs."""
        self._process.stop()

    def close(self) -> None:
        """Stop the process."""
        self.disconnect()

    def _answers(self) -> bool:
        try:
            self._get("/")
        except (OSError, http.client.HTTPException):
            return False
        return True

    def _get(self, path: str) -> str:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=SCRAPE_TIMEOUT_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()


def exporter_configuration(login: Login) -> dict[str, Any]:
    """Return the configuration: queries that have no interval run whenever it is scraped."""
    options = {"sslmode": "verify-full", "sslrootcert": str(login.ca)}
    password = quote(login.password, safe="")
    address = f"{quote(login.user, safe='')}:{password}@{login.host}:{login.port}"
    dsn = f"postgresql+psycopg://{address}/{login.name}?{urlencode(options)}"
    return {
        "databases": {DATABASE: {"dsn": dsn}},
        "metrics": {
            metric: {"type": "gauge", "labels": list(query.labels)}
            for query in GUIDE_QUERIES.values()
            for metric in query.metrics
        },
        "queries": {
            name: {"databases": [DATABASE], "metrics": list(query.metrics), "sql": query.sql}
            for name, query in GUIDE_QUERIES.items()
        },
    }
