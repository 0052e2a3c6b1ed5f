"""What an environment file may say.

Every type carries in its description what is expected, in the words the error sentences use.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.definitions.recurrence import read_recurrence

# CloudWatch takes ten metrics in one expression (PutMetricAlarm, API reference), and one alarm
# stands on every rule of the pipelines together.
MAX_RULES = 10


def _due(expression: str) -> str:
    """Refuse what EventBridge would refuse, and what would never start anything."""
    try:
        read_recurrence(expression)
    except DefinitionError as error:
        raise ValueError(str(error)) from error
    return expression


Text = Annotated[str, Strict()]
Flag = Annotated[bool, Strict(), Field(description="true or false")]
Number = Annotated[float, Strict(), Field(allow_inf_nan=False, description="a number")]
Price = Annotated[
    float, Strict(), Field(ge=0, allow_inf_nan=False, description="US dollars, 0 or more")
]
# A price without a year is older than anybody knows.
Source = Annotated[
    str,
    Strict(),
    Field(pattern=r"\b20[0-9]{2}\b", description="where the price is from, with its year"),
]
EXAMPLE_SOURCES = {
    "SendGrid": "Pro 100K: twilio.com/en-us/products/email-api/pricing, in a catalogue of "
    "2026-08-13",
    "Supabase": "monitoring guide, December 2025",
}
Kebab = Annotated[
    Text,
    Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", description="a kebab-case-name"),
]
Snake = Annotated[
    Text, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", description="a snake_case_name")
]
UpperSnake = Annotated[
    Text,
    Field(pattern=r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$", description="an UPPER_SNAKE_CASE_NAME"),
]
AccountId = Annotated[
    Text, Field(pattern=r"^\d{12}$", description='an account of twelve digits, in quotes: "…"')
]
Region = Annotated[
    Text, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="a region such as us-east-1")
]
SecretName = Annotated[
    Text,
    Field(
        pattern=r"^[A-Za-z0-9/_+=.@-]{1,512}$",
        description="the name of a secret in Secrets Manager, not its ARN",
    ),
]
EmailAddress = Annotated[
    Text, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="an e-mail address")
]
Schedule = Annotated[
    Text,
    Field(
        description="rate(5 minutes) or cron(minute hour day month weekday year), due some day",
    ),
    AfterValidator(_due),
]
Url = Annotated[
    Text,
    Field(
        pattern=r"^https://\S+[^/\s]$", description="an https address without a slash at its end"
    ),
]
SlackId = Annotated[
    Text, Field(pattern=r"^[0-9A-Z]{1,255}$", description="an id such as C0123456789")
]
LogRetentionDays = Annotated[
    Literal[1, 3, 7, 14, 30, 60, 90, 180, 365],
    Field(description="1, 3, 7, 14, 30, 60, 90, 180 or 365 days"),
]
Architecture = Annotated[
    Literal["arm64", "x86_64", "local"], Field(description="arm64, x86_64 or local")
]


def _key_error(key: str, found: str, expected: str) -> PydanticCustomError:
    """Blame one key of a table for what only the whole table shows."""
    return PydanticCustomError(
        "key_at_fault",
        "found {found}, expected {expected}",
        {"key": key, "found": found, "expected": expected},
    )


class Frozen(BaseModel):
    """Refuse unknown keys and later changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SlackChannel(Frozen):
    """Name the Slack channel that Amazon Q Developer in chat applications posts to."""

    workspace_id: SlackId
    channel_id: SlackId


class Notification(Frozen):
    """Say whom the topics reach.

    `pagerduty_secret` names a Secrets Manager secret with a JSON key `endpoint`: the address is
    resolved while deploying and stands in no template.
    """

    pagerduty_secret: SecretName | None = None
    slack: SlackChannel | None = None
    email: tuple[EmailAddress, ...] = ()


class Reports(Frozen):
    """Say by whom reports are mailed, and to whom.

    `identity` is the address or domain verified in SES under which `sender` sends.
    """

    identity: Annotated[
        Text,
        Field(
            pattern=r"^([^@\s]+@)?[a-z0-9-]+(\.[a-z0-9-]+)+$",
            description="an address or a domain that is verified in SES",
        ),
    ]
    sender: EmailAddress
    recipients: Annotated[
        tuple[EmailAddress, ...],
        Field(min_length=1, max_length=50, description="1 to 50 e-mail addresses, as SES takes"),
    ]

    @model_validator(mode="after")
    def _refuse_a_sender_of_somebody_else(self) -> "Reports":
        domain = self.sender.partition("@")[2]
        if self.identity not in (self.sender, domain) and not domain.endswith(f".{self.identity}"):
            raise _key_error("sender", repr(self.sender), f"an address of {self.identity}")
        return self


class AllowedActions(Frozen):
    """Allow what changes something outside the suite; everything is off unless named."""

    flip_kill_switch: Flag = False
    archive_rows: Flag = False


class Database(Frozen):
    """Name the secret that holds how to reach the database.

    Its JSON keys are host, port, dbname, username, password and, for a private authority, ca (PEM).
    `archive_secret` is that of the login that may delete what has been archived.
    """

    secret: SecretName
    archive_secret: SecretName | None = None
    max_connections: Annotated[
        int, Strict(), Field(ge=1, le=10_000, description="a whole number from 1 to 10000")
    ] = 25


class Costs(Frozen):
    """Say what has a price, in US dollars.

    `services` are AWS's services, in Cost Explorer's spelling, whose cost is told by name.
    `monthly_usd` names what is paid by the month outside AWS; `email_plan` is the one of them that
    pays for e-mails: `email_included` a month, and `email_extra_usd` for each further one.
    `price_sources` says of each where its price is from, and when.
    """

    services: tuple[Text, ...] = ("AWS Lambda", "AmazonCloudWatch")
    monthly_usd: dict[Text, Price] = Field(default={"SendGrid": 89.95, "Supabase": 25.0})
    email_plan: Text = "SendGrid"
    email_included: Annotated[
        int, Strict(), Field(ge=0, description="a whole number of e-mails a month")
    ] = 100_000
    email_extra_usd: Price = 0.0011
    price_sources: dict[Text, Source] = Field(default=EXAMPLE_SOURCES)

    @model_validator(mode="after")
    def _refuse_prices_without_source(self) -> "Costs":
        # The examples' sources are the examples': another price does not inherit them.
        is_told = "price_sources" in self.model_fields_set
        told = self.price_sources if is_told or "monthly_usd" not in self.model_fields_set else {}
        missing = [name for name in self.monthly_usd if name not in told]
        if missing:
            raise _key_error(
                "price_sources",
                f"nothing for {', '.join(missing)}",
                "where each price of monthly_usd is from, with its year",
            )
        return self

    @model_validator(mode="after")
    def _refuse_an_unpriced_plan(self) -> "Costs":
        if self.email_plan not in self.monthly_usd:
            known = ", ".join(self.monthly_usd) or "one"
            raise _key_error("email_plan", repr(self.email_plan), f"a name in monthly_usd: {known}")
        return self


class Curator(Frozen):
    """Give the limits of the curator Lambda that alarms compare with."""

    timeout_seconds: Annotated[
        int, Strict(), Field(ge=1, le=900, description="a whole number of seconds from 1 to 900")
    ] = 300
    max_concurrency: Annotated[
        int, Strict(), Field(ge=1, le=1000, description="a whole number from 1 to 1000")
    ] = 10


class FalsePositives(Frozen):
    """Name the pipelines whose overrides are rated together, and how many runs it takes.

    Below `minimum_runs` in 30 days no share can be told: one override of two runs is not 50 %.
    """

    therapeutic: tuple[Kebab, ...] = ("early-intervention",)
    crisis: tuple[Kebab, ...] = ("crisis-alert",)
    minimum_runs: Annotated[
        int, Strict(), Field(ge=1, description="a whole number of runs, 1 or more")
    ] = 20


class Storytailor(Frozen):
    """Say what of Storytailor runs in this environment.

    `rules` maps each pipeline to the schedule of its EventBridge rule. `pipelines` names the
    pipelines that no rule starts; `email_types`, `veto_reasons`, `reward_sources` and
    `override_types` bound what becomes a metric.
    """

    database: Database
    rules: Annotated[
        dict[Kebab, Schedule],
        Field(
            min_length=1,
            max_length=MAX_RULES,
            description=f"1 to {MAX_RULES} rules, because one alarm stands on all of them",
        ),
    ]
    pipelines: tuple[Kebab, ...] = ()
    email_types: tuple[Snake, ...]
    veto_reasons: tuple[UpperSnake, ...]
    reward_sources: tuple[Snake, ...] = ("referral", "milestone")
    override_types: tuple[Snake, ...] = ("dismissed", "corrected", "escalated")
    false_positives: FalsePositives = FalsePositives()
    curator: Curator = Curator()
    costs: Costs = Costs()
    thresholds: dict[Kebab, Number] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _refuse_a_pipeline_named_twice(self) -> "Storytailor":
        twice = sorted(set(self.rules) & set(self.pipelines))
        if twice:
            raise _key_error("pipelines", f"{twice[0]!r}, which stands under rules too", "it once")
        return self

    @model_validator(mode="after")
    def _refuse_to_rate_unknown_pipelines(self) -> "Storytailor":
        rated = (*self.false_positives.therapeutic, *self.false_positives.crisis)
        unknown = sorted(set(rated) - set(self.rules) - set(self.pipelines))
        # Those of the defaults need not be there; the environment's own list is taken at its word.
        if unknown and "false_positives" in self.model_fields_set:
            raise _key_error(
                "false_positives", f"{unknown[0]!r}", "names that stand under rules or pipelines"
            )
        return self


class Environment(Frozen):
    """Say everything that differs between one deployment and another.

    `suffix` is appended to the names of topics, alarms and stacks; production's is empty.
    `monthly_budget_usd` is what the suite itself may cost there; templates beyond it are refused.
    Without `reports` the reports go to the topic of P4 as plain text.
    """

    name: Kebab
    account: AccountId
    region: Region
    suffix: Annotated[Text, Field(description='"" for production, else "-" and the file\'s name')]
    architecture: Architecture = "arm64"
    owner: Annotated[Kebab, Field(description="the team that answers for the suite, in-kebab-case")]
    docs_url: Url
    log_retention_days: LogRetentionDays = 30
    monthly_budget_usd: Annotated[Number, Field(gt=0, description="US dollars above 0")] = 200.0
    notification: Notification = Notification()
    reports: Reports | None = None
    allowed_actions: AllowedActions = AllowedActions()
    storytailor: Storytailor | None = None
    self_thresholds: dict[Kebab, Number] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _refuse_names_that_would_meet(self) -> "Environment":
        expected = "" if self.name == "production" else f"-{self.name}"
        if self.suffix != expected:
            raise _key_error("suffix", repr(self.suffix), repr(expected))
        return self

    @model_validator(mode="after")
    def _refuse_to_archive_without_a_login(self) -> "Environment":
        login = self.storytailor.database.archive_secret if self.storytailor else None
        if self.allowed_actions.archive_rows and login is None:
            raise _key_error(
                "allowed_actions",
                "archive_rows = true without storytailor.database.archive_secret",
                "both: the login that only reads cannot delete",
            )
        return self

    @property
    def is_emulated(self) -> bool:
        """Tell whether this is deployed to the emulator on a developer's machine, not to AWS."""
        return self.architecture == "local"

    @model_validator(mode="after")
    def _refuse_to_watch_nothing(self) -> "Environment":
        if self.storytailor is None:
            raise _key_error("storytailor", "nothing", "a table: there is no other application")
        return self

    def named(self, base: str) -> str:
        """Append the environment's suffix to a name."""
        return f"{base}{self.suffix}"
