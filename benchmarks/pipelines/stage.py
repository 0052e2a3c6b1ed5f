"""All that runs while pipeline_metrics is measured: real database, emulated AWS, contenders."""

import contextlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.pipelines.contender import Contender
from benchmarks.pipelines.costs import CostObserver
from benchmarks.pipelines.exporter import QueryExporter
from benchmarks.pipelines.function import FunctionInstance, function_settings
from benchmarks.pipelines.guide import GuideRun
from benchmarks.pipelines.history import History, TableDefinition
from rehearsal.local.certificate import RunCertificate, create_certificate
from rehearsal.local.console import Console
from rehearsal.local.database import Database, Login
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.gateway import Gateway
from rehearsal.local.postgres import READER, PostgresServer
from rehearsal.local.storytailor import create_secrets
from rehearsal.local.workspace import RUNS, RunDirectory

CONTENDERS = ("pipeline_metrics", "24-hour-queries", "query-exporter")
# The largest table keeps one of them busy while the other fills the rest.
FILLERS = 2
# All contenders of all tables log in as the suite's reader, who needs fewer for itself.
MAX_READER_CONNECTIONS = 50


@dataclass(frozen=True, kw_only=True)
class Servers:
    """Hold what contenders need: a database server, the TLS front of it, and emulated AWS."""

    run: RunDirectory
    certificate: RunCertificate
    postgres: PostgresServer
    gateway: Gateway
    emulator: AwsEmulator

    def through_gateway(self, login: Login) -> Login:
        """Return a login by way of the TLS front."""
        return login.through(
            host="localhost", port=self.gateway.port, ca=self.certificate.authority
        )


@dataclass(frozen=True, kw_only=True)
class MeasuredTable:
    """Hold one table with what writes it, what reads it and what counts the cost of that."""

    definition: TableDefinition
    history: History
    observer: CostObserver
    contenders: Mapping[str, Contender]

    def close(self) -> None:
        """Close all connections and end all processes of it."""
        for contender in self.contenders.values():
            contender.close()
        self.history.close()
        self.observer.close()


@contextlib.contextmanager
def running_servers() -> Iterator[Servers]:
    """Run the servers while the block lasts; nothing stays on disk."""
    with contextlib.ExitStack() as stack:
        run = stack.enter_context(RunDirectory(RUNS))
        certificate = create_certificate(run.subdirectory("tls"))
        postgres = stack.enter_context(PostgresServer(run.path / "postgres"))
        yield Servers(
            run=run,
            certificate=certificate,
            postgres=postgres,
            gateway=stack.enter_context(Gateway(certificate, target_port=postgres.port)),
            emulator=stack.enter_context(AwsEmulator(run.subdirectory("aws"), certificate)),
        )


@contextlib.contextmanager
def measured_tables(
    definitions: Sequence[TableDefinition],
    set_up: Callable[[Servers, TableDefinition], MeasuredTable],
    *,
    names: Collection[str],
    console: Console,
    contents: str = "rows",
) -> Iterator[list[MeasuredTable]]:
    """Fill the tables, side by side in one server, and start the named contenders on each."""
    with contextlib.ExitStack() as stack:
        with console.step("Starting PostgreSQL, with TLS in front of it, and the AWS emulator"):
            servers = stack.enter_context(running_servers())
        with console.step(f"Starting {', '.join(names)}, each for {len(definitions)} tables"):
            tables = [
                stack.enter_context(contextlib.closing(set_up(servers, one))) for one in definitions
            ]
            for table in tables:
                for contender in table.contenders.values():
                    contender.connect()
        rows = sum(one.row_count for one in definitions)
        with console.step(f"Writing {rows:,} {contents} and their indexes"):
            fill_tables([table.history for table in tables])
        yield tables


def set_up_contenders(
    servers: Servers, definition: TableDefinition, *, names: Sequence[str], ends_at: datetime
) -> MeasuredTable:
    """Create one table and start the named contenders on it."""
    database = servers.postgres.create_database(definition.name)
    observer = CostObserver(database)
    observer.allow_connections(READER, MAX_READER_CONNECTIONS)
    return MeasuredTable(
        definition=definition,
        history=History(database, definition, ends_at=ends_at),
        observer=observer,
        contenders={name: _contender(name, servers, definition, database) for name in names},
    )


def _contender(
    name: str, servers: Servers, definition: TableDefinition, database: Database
) -> Contender:
    login = servers.through_gateway(database.reader)
    directory = servers.run.subdirectory(definition.name)
    match name:
        case "pipeline_metrics":
            return _function(servers, definition, login, directory / "function.log")
        case "24-hour-queries":
            return GuideRun(login)
        case "query-exporter":
            return QueryExporter(login, directory)
        case _:
            raise ValueError(f"contender is {name!r}, expected one of {', '.join(CONTENDERS)}")


def _function(
    servers: Servers, definition: TableDefinition, login: Login, log: Path
) -> FunctionInstance:
    secret, ledger = give_access(servers, definition, login)
    return FunctionInstance(
        function_settings(secret=secret, ledger_table=ledger),
        servers.emulator.environment_over(os.environ),
        log=log,
    )


def give_access(servers: Servers, definition: TableDefinition, login: Login) -> tuple[str, str]:
    """Create a table's secret and ledger, as functions need them; return their names."""
    secret, ledger = f"benchmark/{definition.name}", f"ledger-{definition.name}"
    create_secrets(servers.emulator, database=login, pagerduty_endpoint="", database_name=secret)
    _create_ledger_table(servers.emulator, ledger)
    return secret, ledger


def _create_ledger_table(emulator: AwsEmulator, name: str) -> None:
    # With the keys that the state stack gives it.
    keys = {"source": "HASH", "bucket": "RANGE"}
    emulator.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )


def fill_tables(histories: Sequence[History]) -> None:
    """Fill the histories, the largest first, two at a time."""
    largest_first = sorted(histories, key=lambda history: -history.table.row_count)
    with ThreadPoolExecutor(FILLERS) as fillers:
        for filled in [fillers.submit(history.fill) for history in largest_first]:
            filled.result()
