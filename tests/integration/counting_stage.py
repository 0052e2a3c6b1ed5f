"""What the counting functions run against in tests: a real database over TLS, and a ledger.

Time is the test's: `Stage.wall` is the wall clock as leases and rows see it.
"""

import io
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch
from uuid import uuid4

import psycopg
from aws_lambda_powertools import Logger

from rehearsal.local.certificate import RunCertificate, create_certificate
from rehearsal.local.database import Database
from rehearsal.local.gateway import Gateway
from rehearsal.local.postgres import PostgresServer
from tests.integration.counting_account import (
    ENVIRONMENT,
    SECRET,
    TABLE,
    Account,
    QuickAccount,
)
from tests.integration.counting_emitted import Emitted
from watchkeeper.collection.counting import MIN_STEP_SECONDS
from watchkeeper.collection.database import Snapshot
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.query import QueryDefinition
from watchkeeper.emission.emf import emit
from watchkeeper.ledger.table import CALL_SECONDS
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import (
    EmailMetricsSettings,
    PipelineMetricsSettings,
    Settings,
    UnsubscribeSpikeSettings,
)

S = TypeVar("S", bound=Settings)

# Where all tests begin: a Saturday evening.
START = datetime(2026, 1, 31, 20, 0, tzinfo=UTC)
BUDGET_SECONDS = 58.0
# Just enough for every step to be begun; a database that does not answer is soon given up.
SHORT_BUDGET_SECONDS = CALL_SECONDS + MIN_STEP_SECONDS + 1.0

PIPELINE_SETTINGS = PipelineMetricsSettings(
    environment=ENVIRONMENT,
    database_secret=SECRET,
    ledger_table=TABLE,
    pipeline_types=("daily_digest", "crisis_alert"),
    schedules={
        "daily_digest": "cron(0 20 * * ? *)",
        "weekly_insights": "cron(0 10 ? * MON *)",
    },
    veto_reasons=("LOW_CONFIDENCE", "SLA_MISSED"),
)
UNSUBSCRIBE_SETTINGS = UnsubscribeSpikeSettings(
    environment=ENVIRONMENT,
    database_secret=SECRET,
    ledger_table=TABLE,
    email_types=("daily_digest", "crisis_alert"),
)
EMAIL_SETTINGS = EmailMetricsSettings(
    environment=ENVIRONMENT,
    database_secret=SECRET,
    ledger_table=TABLE,
    email_types=("daily_digest", "crisis_alert"),
)


TABLES = (
    "pipeline_executions, email_delivery_log, reward_ledger, referral_tracking, human_overrides"
)


class CrashError(BaseException):
    """Be the end of a process: nothing catches it, nothing tidies up after it."""


def crash() -> None:
    """End the process."""
    raise CrashError


@dataclass
class Stage:
    """Hold one database and one ledger, the time, and all that was emitted.

    `doubtful` is the part of it that runs emitted and then did not commit. `at_step`, when a
    test sets it, is called with a name before and after everything that a run does to the
    outside, and may raise, or let another run go first. `seconds_left`, when a test sets it, is
    what a run believes to have left.
    """

    database: Database
    gateway: Gateway
    certificate: RunCertificate
    account: Account
    wall: datetime = START
    at_step: Callable[[str], None] | None = None
    seconds_left: float | None = None
    log: io.StringIO = field(default_factory=io.StringIO)
    out: io.StringIO = field(default_factory=io.StringIO)
    doubtful: io.StringIO = field(default_factory=io.StringIO)
    connection: "psycopg.Connection[tuple[object, ...]]" = field(init=False)
    logger: Logger = field(init=False)

    def __post_init__(self) -> None:
        """Connect as the application does, and hide the secret."""
        # Powertools has one logger for each name in a process.
        self.logger = Logger(service=f"test-{uuid4()}", stream=self.log)
        self.connection = self.database.owner.connect()
        self.hide_secret()

    def reset(self) -> None:
        """Begin anew: empty tables, an empty ledger, nothing emitted, the time of the start."""
        self.gateway.normal()
        self.connection.execute(f"TRUNCATE {TABLES}")
        self.account.empty_ledger()
        self.wall, self.at_step, self.seconds_left = START, None, None
        self.out, self.doubtful = io.StringIO(), io.StringIO()
        self.log.seek(0)
        self.log.truncate()

    def hide_secret(self, **changes: object) -> None:
        """Write the database's secret, with some of it changed."""
        login = self.database.reader.through(
            host=self.gateway.host, port=self.gateway.port, ca=self.certificate.authority
        )
        self.account.write_secret(json.dumps({**login.to_secret(), **changes}))

    @property
    def emitted(self) -> Emitted:
        """Return all that was emitted so far."""
        return Emitted.parse(self.out.getvalue())

    def wait(self, **duration: float) -> None:
        """Let time pass."""
        self.wall += timedelta(**duration)

    def clock(self) -> float:
        """Return the wall clock's seconds since 1970."""
        return self.wall.timestamp()

    def step(self, name: str) -> None:
        """Tell the test that a run is about to do something, or has done it."""
        if self.at_step is not None:
            self.at_step(name)

    def interrupt(self, step: str, happening: Callable[[], object], *, nth: int = 1) -> None:
        """Let something happen once, when the next run is at a step for the n-th time."""
        seen = 0

        def look(name: str) -> None:
            nonlocal seen
            seen += name == step
            if name == step and seen == nth:
                self.at_step = None
                happening()

        self.at_step = look

    def allow_null(self, table: str, *columns: str) -> None:
        """Let columns be NULL, as an older application may have left them."""
        for column in columns:
            self.connection.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")

    @contextmanager
    def without(self, table: str, columns: Mapping[str, str]) -> Iterator[None]:
        """Take columns, given with their types, away from a table for a while."""
        for column in columns:
            self.connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        try:
            yield
        finally:
            for column, kind in columns.items():
                self.connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    def run(
        self,
        work: Callable[[Run[S]], Mapping[str, object]],
        settings: S,
        *,
        at: datetime | None = None,
        seconds: float = BUDGET_SECONDS,
    ) -> Mapping[str, object]:
        """Run a job as its handler does: at the wall clock's minute unless told otherwise."""
        uncommitted = io.StringIO()
        run = StagedRun(
            job=work.__name__,
            settings=settings,
            now=at or self.wall.replace(second=0, microsecond=0),
            request_id="request",
            deadline=time.monotonic() + seconds,
            log=self.logger,
            aws=lambda service, **_limits: StepwiseClient(
                self.account.client(service), self, uncommitted
            ),
            clock=self.clock,
            stage=self,
            uncommitted=uncommitted,
        )
        try:
            with self._stepwise_queries() if self.at_step else nullcontext():
                return work(run)
        except BaseException:
            self.doubtful.write(uncommitted.getvalue())
            raise

    def _stepwise_queries(self) -> AbstractContextManager[object]:
        real, stage = Snapshot.rows, self

        def rows(
            snapshot: Snapshot, query: QueryDefinition, parameters: Mapping[str, object]
        ) -> Iterator[tuple[Any, ...]]:
            stage.step(f"before {query.file}")
            found = real(snapshot, query, parameters)
            stage.step(f"after {query.file}")
            return found

        return patch.object(Snapshot, "rows", rows)


@dataclass(frozen=True, kw_only=True)
class StagedRun(Run[S]):
    """Be a run whose metrics go to the stage instead of standard output."""

    stage: Stage
    uncommitted: io.StringIO

    @property
    def remaining_seconds(self) -> float:
        """Give what really remains, or what the test says."""
        left = self.stage.seconds_left
        return super().remaining_seconds if left is None else left

    def emit(self, datapoints: Iterable[Datapoint]) -> None:
        """Write datapoints as the real run does."""
        self.stage.step("before emission")
        lines = io.StringIO()
        emit(datapoints, lines)
        self.stage.out.write(lines.getvalue())
        self.uncommitted.write(lines.getvalue())
        self.stage.step("after emission")


class StepwiseClient:
    """Be an AWS client that tells the stage before and after each call.

    Calls are made one at a time, of whichever run: those of DynamoDB are whole or not at all, and
    its stand-ins look first and write later.
    """

    one_at_a_time = threading.Lock()

    def __init__(self, client: Any, stage: Stage, uncommitted: io.StringIO) -> None:
        self._client = client
        self._stage = stage
        self._uncommitted = uncommitted

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """Return the call of this name."""

        def call(**arguments: Any) -> Any:
            self._stage.step(f"before {operation}")
            with self.one_at_a_time:
                answer = getattr(self._client, operation)(**arguments)
            if operation == "transact_write_items":
                self._uncommitted.seek(0)
                self._uncommitted.truncate()
            self._stage.step(f"after {operation}")
            return answer

        return call


def insert(stage: Stage, table: str, **values: object) -> Any:
    """Insert a row as the application does and return its id."""
    names = ", ".join(values)
    places = ", ".join(f"%({name})s" for name in values)
    row = stage.connection.execute(
        f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id", values
    ).fetchone()
    assert row is not None
    return row[0]


def begin(stage: Stage, moment: datetime, kind: str = "daily_digest", **values: object) -> Any:
    """Insert a pipeline run that began at this time and return its id."""
    row = {"pipeline_type": kind, "pipeline_name": kind, "created_at": moment, "started_at": moment}
    return insert(stage, "pipeline_executions", **{**row, **values})


@contextmanager
def staged(
    postgres: PostgresServer, database: Database, directory: Path, account: Account | None = None
) -> Iterator[Stage]:
    """Set a stage: a TLS front before the database, an empty ledger, and nothing emitted."""
    certificate = create_certificate(directory)
    with Gateway(certificate, target_port=postgres.port) as gateway:
        stage = Stage(
            database=database,
            gateway=gateway,
            certificate=certificate,
            account=account or QuickAccount(),
        )
        with stage.connection:
            yield stage
