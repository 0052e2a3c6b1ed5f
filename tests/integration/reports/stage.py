"""What a report is made from in tests: a real database over TLS, and AWS without a socket."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from aws_lambda_powertools import Logger

from rehearsal.local.certificate import RunCertificate
from rehearsal.local.database import Database
from rehearsal.local.gateway import Gateway
from rehearsal.world.aws.mail import Mail
from rehearsal.world.aws.monitoring import Monitoring, StateChange
from rehearsal.world.aws.objects import Objects
from rehearsal.world.aws.secrets import Secrets
from rehearsal.world.aws.topics import Topics
from rehearsal.world.aws.wire import Answer, Call, Clients, Responder, to_refusal
from rehearsal.world.clock import SimulatedClock
from watchkeeper.reports.job import make_report
from watchkeeper.reports.kinds import ReportKind
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import ReportSettings

REGION = "us-east-1"
SECRET = "watchkeeper/test/database"
BUCKET = "kept"
# The first Monday of March: every report is due. Its day before is a Sunday.
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TODAY = NOW.replace(hour=0, minute=0)
TOPICS = "arn:aws:sns:us-east-1:123456789012:storytailor"

SETTINGS = ReportSettings(
    environment="test",
    database_secret=SECRET,
    report_bucket=BUCKET,
    report_key_arn="arn:aws:kms:us-east-1:123456789012:key/one",
    alarm_prefix="storytailor-",
    alarm_suffix="-test",
    measured_functions={"curator": "the-curator", "universal agent": "the-agent"},
    measured_rules=("rule-one", "rule-two"),
    override_groups={"therapeutic": ("early_intervention",), "crisis": ("crisis_alert",)},
    docs_url="https://example.com/docs",
    identity_arn="arn:aws:ses:us-east-1:123456789012:identity/example.com",
    sender="watchkeeper@example.com",
    recipients=("pipeline-ops@example.com",),
    info_topic="",
)
BY_TOPIC = replace(
    SETTINGS, sender="", identity_arn="", recipients=(), info_topic=f"{TOPICS}-info-alerts"
)


@dataclass(kw_only=True)
class Stage:
    """Hold the database and the account; `refusals` maps a service's operation to AWS's code."""

    database: Database
    gateway: Gateway
    certificate: RunCertificate
    settings: ReportSettings = SETTINGS
    mail: Mail = field(default_factory=Mail)
    topics: Topics = field(default_factory=Topics)
    objects: Objects = field(default_factory=lambda: Objects({}))
    monitoring: Monitoring = field(default_factory=lambda: Monitoring(sums=some_sums))
    refusals: dict[str, str] = field(default_factory=dict)
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(0))

    @contextmanager
    def rows(self) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
        """Give the application's connection."""
        with self.database.owner.connect() as connection:
            yield connection

    def make(
        self, kind: ReportKind, now: datetime = NOW, *, seconds: float = 90.0
    ) -> Mapping[str, object]:
        """Make a report as its function does."""
        run = Run(
            job=kind.name,
            settings=self.settings,
            now=now,
            request_id="request",
            deadline=time.monotonic() + seconds,
            log=Logger(service="test-reports"),
            aws=Clients(region=REGION, clock=self.clock, responders=self._responders()),
        )
        return make_report(run, kind)

    def _responders(self) -> dict[str, Responder]:
        login = self.database.reader.through(
            host=self.gateway.host, port=self.gateway.port, ca=self.certificate.authority
        )
        services: dict[str, Responder] = {
            "secretsmanager": Secrets({SECRET: json.dumps(login.to_secret())}),
            "s3": self.objects,
            "sesv2": self.mail,
            "sns": self.topics,
            "cloudwatch": self.monitoring,
        }
        return {name: self._refusing(service) for name, service in services.items()}

    def _refusing(self, service: Responder) -> Responder:
        def respond(call: Call) -> Answer:
            code = self.refusals.get(call.operation) or self.refusals.get(
                f"{call.operation} {call.path.rpartition('/')[2].partition('?')[0]}"
            )
            if code is None:
                return service(call)
            if service in (self.objects, self.topics):
                return Answer(
                    body=refused_in_xml(code, is_query=service is self.topics), status=403
                )
            return to_refusal(code, "as the test says", status=403)

        return respond

    def kept(self, key: str) -> str:
        """Read the newest version of a kept object."""
        return self.objects.newest((BUCKET, key)).decode()

    @property
    def mailed(self) -> Mapping[str, Any]:
        """Give the one mail that was sent, by part."""
        [sent] = self.mail.sent
        simple = sent["Content"]["Simple"]
        return {
            "subject": simple["Subject"]["Data"],
            "text": simple["Body"]["Text"]["Data"],
            "html": simple["Body"]["Html"]["Data"],
        }


def refused_in_xml(code: str, *, is_query: bool) -> bytes:
    """Spell an AWS error as S3 does, or as services of the query protocol do."""
    error = f"<Error><Code>{code}</Code><Message>as the test says</Message></Error>"
    return (f"<ErrorResponse>{error}</ErrorResponse>" if is_query else error).encode()


def some_sums(metric: str, statistic: str, dimensions: Mapping[str, str]) -> float:
    """Have counted a month in which little went wrong."""
    counted = {
        ("Invocations", "the-curator"): 12_000.0,
        ("Errors", "the-curator"): 6.0,
        ("Invocations", "the-agent"): 40.0,
        ("Invocations", "rule-one"): 5_000.0,
        ("Invocations", "rule-two"): 3_000.0,
        ("FailedInvocations", "rule-two"): 1.0,
        ("CheckPassed", "database"): 8_639.0 if statistic == "Sum" else 8_640.0,
    }
    name = next((value for key, value in dimensions.items() if key != "Environment"), "")
    return counted.get((metric, name), 0.0)


def an_alarm(name: str, severity: str = "high", state: str = "OK") -> Mapping[str, Any]:
    """Describe an alarm as CloudWatch does; without a severity it notifies nobody."""
    actions = [f"{TOPICS}-{severity}-alerts-test"] if severity else []
    return {"AlarmName": name, "StateValue": state, "AlarmActions": actions}


def fired(name: str, at: datetime, minutes: float) -> list[StateChange]:
    """Let an alarm burn for some minutes."""
    start, end = at.timestamp(), (at + timedelta(minutes=minutes)).timestamp()
    return [
        StateChange(alarm=name, at=start, old="OK", new="ALARM"),
        StateChange(alarm=name, at=end, old="ALARM", new="OK"),
    ]
