"""Set the stage of one rehearsal: clock, database, AWS, functions, and what goes wrong."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from rehearsal.local.postgres import PostgresServer
from rehearsal.runner.agenda import Agenda
from rehearsal.runner.approval import kept_configuration
from rehearsal.runner.deployment import Assembly
from rehearsal.runner.host import OUTPUT, CrashError, FunctionHost
from rehearsal.runner.incident import Incident
from rehearsal.runner.recording import Recording
from rehearsal.runner.result import Said, Wrote
from rehearsal.runner.starting import DIED, Starter
from rehearsal.scenario.model import Scenario
from rehearsal.scenario.surroundings import (
    Surroundings,
    read_checks,
    read_compared_rules,
    read_kill_switches,
    read_told,
)
from rehearsal.world.account import HealthyAccount, healthy_account, resolve, to_secret
from rehearsal.world.aws.costs import Costs
from rehearsal.world.aws.event_bus import EventBus, EventRoute
from rehearsal.world.aws.functions import WatchedFunctions
from rehearsal.world.aws.keys import Keys
from rehearsal.world.aws.ledger_table import LedgerTable
from rehearsal.world.aws.logs import LogGroups
from rehearsal.world.aws.mail import Mail
from rehearsal.world.aws.monitoring import Monitoring
from rehearsal.world.aws.objects import Objects
from rehearsal.world.aws.parameters import Parameters
from rehearsal.world.aws.rules import Rules
from rehearsal.world.aws.secrets import Secrets
from rehearsal.world.aws.topics import Topics
from rehearsal.world.aws.wire import Answer, Call, Clients, Responder
from rehearsal.world.clock import SimulatedClock
from rehearsal.world.database import RehearsedDatabase
from rehearsal.world.errors import RehearsalError
from rehearsal.world.invocation import Invocation
from rehearsal.world.profile import PROFILES
from rehearsal.world.rows import Rows


@dataclass(kw_only=True)
class Stage:
    """Hold everything a rehearsal plays with, healthy but for what the scenario says."""

    scenario: Scenario
    begins: int
    incident: Incident
    agenda: Agenda
    recording: Recording
    account: HealthyAccount
    parameters: Parameters
    database: RehearsedDatabase
    rows: Rows
    starter: Starter
    invocations: list[Invocation] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    wrote: list[Wrote] = field(default_factory=list)

    def write_rows(self, until: int) -> None:
        """Write what came up to a moment; while the database is down it waits."""
        if self.incident.database_at(until).kind != "down":
            self.rows.write(until)


@contextmanager
def set_stage(
    scenario: Scenario, assembly: Assembly, surroundings: Surroundings, server: PostgresServer
) -> Iterator[Stage]:
    """Build the world of a scenario, and take it down afterwards."""
    if assembly.ledger is None:
        raise RehearsalError("the templates have no DynamoDB table, expected the ledger's")
    begins = scenario.start - scenario.warm_up
    clock = SimulatedClock(begins)
    incident = Incident(scenario, surroundings.suite, clock.time)
    account = healthy_account(
        read_checks(assembly.deployment),
        scenario.start - scenario.backup_age,
        sorted(read_kill_switches(assembly.deployment)),
    )
    invocations: list[Invocation] = []
    said: list[Said] = []
    wrote: list[Wrote] = []
    parameters = Parameters(
        clock=clock,
        region=assembly.region,
        account=assembly.account,
        note=lambda name, value, description: wrote.append(
            Wrote(at=int(clock.time()), parameter=name, value=value, description=description)
        ),
    )
    for name, value in account.parameters.items():
        parameters.put(name, value)
    compared = read_compared_rules(assembly.deployment)
    objects = Objects(account.objects, clock.time)
    with ExitStack() as stack:
        database = stack.enter_context(
            RehearsedDatabase(server, clock, incident.database, incident.answer)
        )
        logs = LogGroups(clock)
        bus = EventBus(
            clock,
            route=_event_route(assembly),
            state=incident.rule,
            behaviour=incident.behaviour,
            logs=logs,
            note=invocations.append,
        )
        responders: dict[str, Responder] = {
            "lambda": WatchedFunctions(
                clock,
                expected=account.answers,
                behaviour=incident.behaviour,
                note=invocations.append,
            ),
            "events": Rules(
                incident.rule,
                bus.publish,
                schedules=compared.schedules,
                target=f"arn:aws:lambda:{assembly.region}:{assembly.account}"
                f":function:{compared.target}",
            ),
            "logs": logs,
            "ssm": parameters,
            "s3": objects,
            "kms": Keys(),
            "sesv2": Mail(),
            "sns": Topics(lambda message: said.append(_said(message, int(clock.time())))),
            "cloudwatch": Monitoring(),
            "ce": Costs({item.service: item.usd for item in scenario.cost}),
            "secretsmanager": Secrets(
                dict.fromkeys(account.secret_names, to_secret(database.reader))
            ),
        }
        clients = Clients(region=assembly.region, clock=clock, responders=responders)
        host = FunctionHost(clock=clock, clients=clients, resolve=resolve)
        ledger = LedgerTable(
            assembly.ledger.table,
            partition_key=assembly.ledger.partition_key,
            sort_key=assembly.ledger.sort_key,
        )
        responders["dynamodb"] = _deadly(ledger, host, incident)
        stack.enter_context(database.installed())
        objects.add(kept_configuration(assembly, account, surroundings.suite, begins))
        stack.enter_context(host.installed())
        rows = Rows(
            database.owner,
            tables=surroundings.tables,
            rates=PROFILES[scenario.background].rates,
            begins=begins,
            start=scenario.start,
        )
        rows.plan_habits(scenario.habit)
        rows.plan(scenario.insert)
        agenda, recording = Agenda(), Recording()
        stage = Stage(
            scenario=scenario,
            begins=begins,
            incident=incident,
            agenda=agenda,
            recording=recording,
            account=account,
            parameters=parameters,
            database=database,
            rows=rows,
            starter=Starter(
                agenda=agenda,
                host=host,
                incident=incident,
                recording=recording,
                note=invocations.append,
            ),
            invocations=invocations,
            said=said,
            wrote=wrote,
        )
        yield stage


def _said(message: Mapping[str, str], at: int) -> Said:
    return Said(
        at=at,
        topic=message.get("TopicArn", ""),
        subject=message.get("Subject", ""),
        text=message["Message"],
    )


def _deadly(ledger: LedgerTable, host: FunctionHost, incident: Incident) -> Responder:
    """Answer for the ledger; a function that is to be killed dies when it wants to commit."""

    def respond(call: Call) -> Answer:
        commits = call.operation == "TransactWriteItems"
        if commits and "killed" in incident.faults(host.running, host.clock.time()):
            OUTPUT.cut()
            raise CrashError(DIED)
        return ledger(call)

    return respond


def _event_route(assembly: Assembly) -> EventRoute | None:
    """Read from the settings of the suite's functions which way its test event goes."""
    for told in read_told(assembly.deployment):
        if "canary_rule" in told:
            return EventRoute(rule=told["canary_rule"], log_group=told["canary_log_group"])
    return None
