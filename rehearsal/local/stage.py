"""Set the whole stage: database, emulated account, application, and the suite deployed into it."""

import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rehearsal.local.certificate import create_certificate
from rehearsal.local.console import Console
from rehearsal.local.database import Database
from rehearsal.local.deployment import ENVIRONMENT, Deployment, names
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.gateway import Gateway
from rehearsal.local.postgres import PostgresServer
from rehearsal.local.schedules import ScheduledFunction, deployed_schedules
from rehearsal.local.storytailor import Storytailor, create_secrets
from rehearsal.local.traffic import Traffic
from rehearsal.local.traffic_rates import Rates
from rehearsal.local.workspace import RunDirectory

SEED = 20260131
# Ten times today's traffic, so that there is something to see in every run.
RATES = Rates().scaled(10)
# Long enough for every daily job to have run once.
BACKFILL = timedelta(hours=26)
# Nothing listens here: alarms are not deployed to the emulator, so nothing is ever paged.
PAGERDUTY_ENDPOINT = "https://127.0.0.1:9/integration/local"


@dataclass(frozen=True, kw_only=True)
class LocalStage:
    """Hold what runs while the stage is set."""

    emulator: AwsEmulator
    postgres: PostgresServer
    gateway: Gateway
    database: Database
    storytailor: Storytailor
    traffic: Traffic
    functions: tuple[ScheduledFunction, ...]


@contextlib.contextmanager
def local_stage(console: Console) -> Iterator[LocalStage]:
    """Set the stage, and leave no process, port or file behind afterwards."""
    with contextlib.ExitStack() as stack:
        run = stack.enter_context(RunDirectory())
        certificate = create_certificate(run.subdirectory("tls"))
        with console.step("Starting PostgreSQL, with TLS in front of it"):
            postgres = stack.enter_context(PostgresServer(run.path / "postgres"))
            gateway = stack.enter_context(Gateway(certificate, target_port=postgres.port))
            database = postgres.create_database("storytailor")
        with console.step("Starting the AWS emulator, with IAM enforced"):
            emulator = stack.enter_context(AwsEmulator(run.subdirectory("aws"), certificate))
        with console.step("Deploying the application that is watched"):
            storytailor = Storytailor(emulator, environment=ENVIRONMENT)
            storytailor.deploy()
            reader = database.reader.through(
                host="localhost", port=gateway.port, ca=certificate.authority
            )
            create_secrets(emulator, database=reader, pagerduty_endpoint=PAGERDUTY_ENDPOINT)
        with console.step(f"Writing its last {BACKFILL // timedelta(hours=1)} hours of traffic"):
            connection = stack.enter_context(contextlib.closing(database.owner.connect()))
            traffic = Traffic(connection, random.Random(SEED), RATES)  # noqa: S311  repeatable, not secret
            now = datetime.now(UTC)
            traffic.advance(now - BACKFILL, now)
        deployment = Deployment(emulator, run.subdirectory("deployment"))
        with console.step("Preparing the account for the CDK (cdk bootstrap)"):
            deployment.bootstrap()
        with console.step("Deploying the suite (cdk deploy)"):
            stacks = deployment.deploy()
        console.note(f"deployed {', '.join(stacks)} to {emulator.endpoint}")
        yield LocalStage(
            emulator=emulator,
            postgres=postgres,
            gateway=gateway,
            database=database,
            storytailor=storytailor,
            traffic=traffic,
            functions=deployed_schedules(emulator, names().schedule_group),
        )
