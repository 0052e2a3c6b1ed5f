"""Set the whole stage: database, emulated account, application, and the suite deployed into it."""

import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from rehearsal.engine.template.deployment import Deployment as DeployedTemplates
from rehearsal.engine.template.reader import read_templates
from rehearsal.local.certificate import create_certificate
from rehearsal.local.clock import StageClock, WallClock
from rehearsal.local.console import Console
from rehearsal.local.database import Database
from rehearsal.local.deployment import ENVIRONMENT, Deployment, names
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.gateway import Gateway
from rehearsal.local.mailbox import verify_sender
from rehearsal.local.old_rows import write_old_rows
from rehearsal.local.paging.inbox import PageInbox
from rehearsal.local.paging.subscriptions import Subscriber, prove_confirmed
from rehearsal.local.postgres import PostgresServer
from rehearsal.local.schedules import ScheduledFunction, deployed_schedules
from rehearsal.local.stand_in_alarms import put_stand_ins
from rehearsal.local.storytailor import Storytailor, create_secrets
from rehearsal.local.traffic import Traffic
from rehearsal.local.traffic_rates import EmailRates, Rates
from rehearsal.local.workspace import RunDirectory
from rehearsal.template_files import load_templates

SEED = 20260131
# Ten times today's traffic, so that there is something to see in every run; and so few who
# unsubscribe that as many as today's thresholds are made for. Friends are won within minutes.
RATES = replace(
    Rates().scaled(10),
    email=EmailRates(unsubscribed_fraction=0.0001),
    referral_speed=500.0,
    overrides_per_day=0.5,
)
# Long enough for every daily job to have run once.
BACKFILL = timedelta(hours=26)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Say what time it is and how much goes on; by default the wall's, and plenty.

    The history of traffic ends `silence` before now.
    """

    clock: StageClock = field(default_factory=WallClock)
    rates: Rates = RATES
    silence: timedelta = timedelta(0)


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
    clock: StageClock
    inbox: PageInbox
    subscribers: tuple[Subscriber, ...]
    templates: DeployedTemplates


@contextlib.contextmanager
def local_stage(console: Console, setting: Setting | None = None) -> Iterator[LocalStage]:
    """Set the stage, and leave no process, port or file behind afterwards."""
    setting = setting or Setting()
    with contextlib.ExitStack() as stack:
        run = stack.enter_context(RunDirectory())
        certificate = create_certificate(run.subdirectory("tls"))
        with console.step("Starting PostgreSQL, with TLS in front of it"):
            postgres = stack.enter_context(PostgresServer(run.path / "postgres"))
            gateway = stack.enter_context(Gateway(certificate, target_port=postgres.port))
            database = postgres.create_database("storytailor")
        with console.step("Starting the AWS emulator, with IAM enforced"):
            emulator = stack.enter_context(AwsEmulator(run.subdirectory("aws"), certificate))
        with console.step("Opening the inbox that pages arrive in"):
            inbox = stack.enter_context(PageInbox(certificate, setting.clock.now))
        with console.step("Deploying the application that is watched"):
            storytailor = Storytailor(emulator, environment=ENVIRONMENT)
            storytailor.deploy()
            verify_sender(emulator)
            reader, archiver = (
                login.through(host="localhost", port=gateway.port, ca=certificate.authority)
                for login in (database.reader, database.archiver)
            )
            create_secrets(
                emulator, database=reader, archiver=archiver, pagerduty_endpoint=inbox.endpoint
            )
        with console.step(f"Writing its last {BACKFILL // timedelta(hours=1)} hours of traffic"):
            connection = stack.enter_context(contextlib.closing(database.owner.connect()))
            traffic = Traffic(connection, random.Random(SEED), setting.rates)  # noqa: S311  repeatable
            until = datetime.fromtimestamp(setting.clock.now(), UTC) - setting.silence
            traffic.advance(until - BACKFILL, until)
            write_old_rows(connection, until)
        deployment = Deployment(emulator, run.subdirectory("deployment"))
        with console.step("Preparing the account for the CDK (cdk bootstrap)"):
            deployment.bootstrap()
        with console.step("Deploying the suite (cdk deploy)"):
            stacks = deployment.deploy()
        console.note(f"deployed {', '.join(stacks)} to {emulator.endpoint}")
        with console.step("Confirming the subscriptions, as PagerDuty does"):
            subscribers = prove_confirmed(emulator, inbox.endpoint)
        with console.step("Reading the alarms of all stacks"):
            templates = _read_templates(deployment, emulator)
            put_stand_ins(emulator, templates.alarms)
        console.note(f"{len(templates.alarms)} alarms, evaluated every minute")
        yield LocalStage(
            emulator=emulator,
            postgres=postgres,
            gateway=gateway,
            database=database,
            storytailor=storytailor,
            traffic=traffic,
            functions=deployed_schedules(emulator, names().schedule_group),
            clock=setting.clock,
            inbox=inbox,
            subscribers=subscribers,
            templates=templates,
        )


def _read_templates(deployment: Deployment, emulator: AwsEmulator) -> DeployedTemplates:
    files = load_templates([deployment.assembly])
    return read_templates(
        files.documents, account=emulator.account, region=emulator.region, places=files.places
    )
