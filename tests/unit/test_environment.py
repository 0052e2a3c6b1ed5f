"""Every mistake in an environment's file is one sentence: file, key, found, expected."""

from pathlib import Path

import pytest

from watchkeeper.definitions.errors import EnvironmentFileError
from watchkeeper.environment.loader import known_environments, load_environment
from watchkeeper.environment.model import Environment
from watchkeeper.environment.thresholds import Thresholds

ENVIRONMENTS = Path(__file__).resolve().parents[2] / "environments"

GOOD = """
account = "222222222222"
region = "us-east-1"
suffix = "-staging"
owner = "pipeline-ops"
docs_url = "https://example.com/docs"

[notification]
email = ["ops@example.com"]

[allowed_actions]
flip_kill_switch = false

[storytailor]
pipelines = ["crisis-alert"]
email_types = ["daily_digest"]
veto_reasons = ["SLA_MISSED"]

[storytailor.database]
secret = "watchkeeper/staging/database"

[storytailor.curator]
timeout_seconds = 300

[storytailor.rules]
daily-digest = "cron(0 20 * * ? *)"

[storytailor.thresholds]
unsubscribe-spike = 12
"""

# What is written instead of what, and the sentence that must answer it.
MISTAKES = {
    "an unknown key near a known one": (
        'region = "us-east-1"',
        'region = "us-east-1"\nregoin = "eu-west-1"',
        "staging.toml: unknown key regoin; did you mean region?",
    ),
    "an unknown key near none": (
        'region = "us-east-1"',
        'region = "us-east-1"\nplanet = "mars"',
        "staging.toml: unknown key planet; known: account, allowed_actions, architecture, "
        "docs_url, log_retention_days, monthly_budget_usd, notification, owner, region, reports, "
        "self_thresholds, storytailor, suffix",
    ),
    "an unknown key in a table": (
        "email = [",
        'pagerduty_secert = "x"\nemail = [',
        "staging.toml: unknown key notification.pagerduty_secert; "
        "did you mean notification.pagerduty_secret?",
    ),
    "the name, which is the file's": (
        'region = "us-east-1"',
        'region = "us-east-1"\nname = "production"',
        "staging.toml: unknown key name; the file's name is the name",
    ),
    "a missing key": (
        'account = "222222222222"\n',
        "",
        "staging.toml: key account is missing; "
        'expected an account of twelve digits, in quotes: "…"',
    ),
    "a missing table": (
        '[storytailor.database]\nsecret = "watchkeeper/staging/database"\n',
        "",
        "staging.toml: key storytailor.database is missing; expected a table with the keys secret, "
        "archive_secret, max_connections",
    ),
    "an account as a number": (
        '"222222222222"',
        "222222222222",
        "staging.toml: key account: found 222222222222, "
        'expected an account of twelve digits, in quotes: "…"',
    ),
    "an account of eleven digits": (
        '"222222222222"',
        '"22222222222"',
        "staging.toml: key account: found '22222222222', "
        'expected an account of twelve digits, in quotes: "…"',
    ),
    "a region that is none": (
        '"us-east-1"',
        '"Virginia"',
        "staging.toml: key region: found 'Virginia', expected a region such as us-east-1",
    ),
    "the suffix of another environment": (
        '"-staging"',
        '"-stage"',
        "staging.toml: key suffix: found '-stage', expected '-staging'",
    ),
    "production's bare names elsewhere": (
        '"-staging"',
        '""',
        "staging.toml: key suffix: found '', expected '-staging'",
    ),
    "a processor Lambda has not": (
        'region = "us-east-1"',
        'region = "us-east-1"\narchitecture = "riscv"',
        "staging.toml: key architecture: found 'riscv', expected arm64, x86_64 or local",
    ),
    "a retention CloudWatch has not": (
        'region = "us-east-1"',
        'region = "us-east-1"\nlog_retention_days = 31',
        "staging.toml: key log_retention_days: found 31, "
        "expected 1, 3, 7, 14, 30, 60, 90, 180 or 365 days",
    ),
    "an address with a slash at its end": (
        '"https://example.com/docs"',
        '"https://example.com/docs/"',
        "staging.toml: key docs_url: found 'https://example.com/docs/', "
        "expected an https address without a slash at its end",
    ),
    "an e-mail address that is none": (
        '["ops@example.com"]',
        '["ops@example.com", "nobody"]',
        "staging.toml: key notification.email[2]: found 'nobody', expected an e-mail address",
    ),
    "a list that is none": (
        '["ops@example.com"]',
        '"ops@example.com"',
        "staging.toml: key notification.email: found 'ops@example.com', expected a list",
    ),
    "a switch that is a text": (
        "flip_kill_switch = false",
        'flip_kill_switch = "yes"',
        "staging.toml: key allowed_actions.flip_kill_switch: found 'yes', expected true or false",
    ),
    "a table that is a text": (
        '[storytailor.database]\nsecret = "watchkeeper/staging/database"',
        'database = "watchkeeper/staging/database"',
        "staging.toml: key storytailor.database: found 'watchkeeper/staging/database', "
        "expected a table with the keys secret, archive_secret, max_connections",
    ),
    "a switch without what it takes": (
        "flip_kill_switch = false",
        "archive_rows = true",
        "staging.toml: key allowed_actions: found archive_rows = true without "
        "storytailor.database.archive_secret, expected both: the login that only reads cannot "
        "delete",
    ),
    "a secret by its ARN": (
        '"watchkeeper/staging/database"',
        '"arn:aws:secretsmanager:us-east-1:222222222222:secret:x"',
        "staging.toml: key storytailor.database.secret: "
        "found 'arn:aws:secretsmanager:us-east-1:222222222222:secret:x', "
        "expected the name of a secret in Secrets Manager, not its ARN",
    ),
    "a timeout Lambda has not": (
        "timeout_seconds = 300",
        "timeout_seconds = 901",
        "staging.toml: key storytailor.curator.timeout_seconds: found 901, "
        "expected a whole number of seconds from 1 to 900",
    ),
    "a pipeline in the wrong case": (
        "daily-digest =",
        "daily_digest =",
        "staging.toml: key storytailor.rules.daily_digest: found 'daily_digest', "
        "expected a kebab-case-name",
    ),
    "a schedule that is none": (
        '"cron(0 20 * * ? *)"',
        '"every evening"',
        "staging.toml: key storytailor.rules.daily-digest: found 'every evening', "
        "expected rate(5 minutes) or cron(minute hour day month weekday year), due some day",
    ),
    "a schedule that is never due": (
        '"cron(0 20 * * ? *)"',
        '"cron(0 20 30 2 ? *)"',
        "staging.toml: key storytailor.rules.daily-digest: found 'cron(0 20 30 2 ? *)', "
        "expected rate(5 minutes) or cron(minute hour day month weekday year), due some day",
    ),
    "no rule at all": (
        'daily-digest = "cron(0 20 * * ? *)"',
        "",
        "staging.toml: key storytailor.rules: found 0 entries, "
        "expected 1 to 10 rules, because one alarm stands on all of them",
    ),
    "a pipeline with and without a rule": (
        '["crisis-alert"]',
        '["crisis-alert", "daily-digest"]',
        "staging.toml: key storytailor.pipelines: "
        "found 'daily-digest', which stands under rules too, expected it once",
    ),
    "a threshold that is a text": (
        "unsubscribe-spike = 12",
        'unsubscribe-spike = "high"',
        "staging.toml: key storytailor.thresholds.unsubscribe-spike: found 'high', "
        "expected a number",
    ),
    "a pipeline to rate that there is not": (
        "[storytailor.curator]",
        '[storytailor.false_positives]\ncrisis = ["crises-alert"]\n\n[storytailor.curator]',
        "staging.toml: key storytailor.false_positives: found 'crises-alert', "
        "expected names that stand under rules or pipelines",
    ),
    "a rate of no runs": (
        "[storytailor.curator]",
        "[storytailor.false_positives]\nminimum_runs = 0\n\n[storytailor.curator]",
        "staging.toml: key storytailor.false_positives.minimum_runs: found 0, "
        "expected a whole number of runs, 1 or more",
    ),
    "a price from nowhere": (
        "[storytailor.curator]",
        "[storytailor.costs]\nmonthly_usd = { SendGrid = 19.95 }\n\n[storytailor.curator]",
        "staging.toml: key storytailor.costs.price_sources: found nothing for SendGrid, "
        "expected where each price of monthly_usd is from, with its year",
    ),
    "a price of nobody knows when": (
        "[storytailor.curator]",
        '[storytailor.costs.price_sources]\nSendGrid = "an invoice"\n\n[storytailor.curator]',
        "staging.toml: key storytailor.costs.price_sources.SendGrid: found 'an invoice', "
        "expected where the price is from, with its year",
    ),
    "a threshold that is a truth": (
        "unsubscribe-spike = 12",
        "unsubscribe-spike = true",
        "staging.toml: key storytailor.thresholds.unsubscribe-spike: found True, expected a number",
    ),
    "a threshold without end": (
        "unsubscribe-spike = 12",
        "unsubscribe-spike = inf",
        "staging.toml: key storytailor.thresholds.unsubscribe-spike: found inf, expected a number",
    ),
    "a table that is not closed": (
        "[storytailor.curator]",
        "[storytailor.curator",
        "staging.toml: not valid TOML: Expected ']' at the end of a table declaration "
        "(at line 22, column 21)",
    ),
}


def load(folder: Path, text: str, name: str = "staging") -> Environment:
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return load_environment(name, folder)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_answered_by_its_sentence(mistake: str, tmp_path: Path) -> None:
    before, after, sentence = MISTAKES[mistake]
    assert GOOD.count(before) == 1
    with pytest.raises(EnvironmentFileError) as caught:
        load(tmp_path, GOOD.replace(before, after))
    assert str(caught.value) == sentence


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('"us-east-1"', '"mars"').replace("owner =", "ownre =")
    with pytest.raises(EnvironmentFileError) as caught:
        load(tmp_path, text)
    assert str(caught.value).splitlines() == [
        "staging.toml: key region: found 'mars', expected a region such as us-east-1",
        "staging.toml: key owner is missing; "
        "expected the team that answers for the suite, in-kebab-case",
        "staging.toml: unknown key ownre; did you mean owner?",
    ]


def test_a_file_that_is_not_text_is_not_toml(tmp_path: Path) -> None:
    (tmp_path / "staging.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(EnvironmentFileError, match=r"^staging.toml: not valid TOML: 'utf-8' codec"):
        load_environment("staging", tmp_path)


def test_an_unknown_environment_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    load(tmp_path, GOOD)
    with pytest.raises(EnvironmentFileError) as caught:
        load_environment("prod", tmp_path)
    assert str(caught.value) == "there is no environment 'prod'; known: staging"


def test_no_environment_is_outside_the_folder(tmp_path: Path) -> None:
    load(tmp_path, GOOD)
    (tmp_path / "inside").mkdir()
    with pytest.raises(EnvironmentFileError) as caught:
        load_environment("../staging", tmp_path / "inside")
    assert str(caught.value) == "there is no environment '../staging'; known: none"


def test_a_good_file_is_read(tmp_path: Path) -> None:
    environment = load(tmp_path, GOOD)
    assert environment.name == "staging"
    assert environment.storytailor is not None
    assert environment.storytailor.thresholds == {"unsubscribe-spike": 12.0}
    assert environment.storytailor.curator.max_concurrency == 10
    assert environment.notification.pagerduty_secret is None
    assert not environment.allowed_actions.flip_kill_switch


def test_what_a_file_does_not_say_is_off(tmp_path: Path) -> None:
    without = GOOD[: GOOD.index("[notification]")] + GOOD[GOOD.index("[storytailor]") :]
    environment = load(tmp_path, without)
    assert environment.notification.email == ()
    assert environment.notification.pagerduty_secret is None
    assert not environment.allowed_actions.archive_rows


def test_an_environment_that_watches_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFileError) as caught:
        load(tmp_path, GOOD[: GOOD.index("[storytailor]")])
    assert str(caught.value) == (
        "staging.toml: key storytailor: found nothing, "
        "expected a table: there is no other application"
    )


@pytest.mark.parametrize("name", known_environments(ENVIRONMENTS))
def test_every_environment_of_the_repository_can_be_read(name: str) -> None:
    environment = load_environment(name, ENVIRONMENTS)
    assert environment.named("x") == ("x" if name == "production" else f"x-{name}")
    assert environment.is_emulated is (name == "local")


def test_an_override_replaces_the_default_and_is_told() -> None:
    numbers = Thresholds("staging.toml", "thresholds", {"spike": 12})
    assert numbers("spike", 10) == 12
    assert numbers("rate", 0.3) == 0.3
    assert numbers.in_force == {"thresholds.spike": 12, "thresholds.rate": 0.3}
    numbers.refuse_unused()


def test_overrides_that_no_alarm_uses_are_refused() -> None:
    numbers = Thresholds("staging.toml", "thresholds", {"spik": 12, "zzz": 1})
    numbers("spike", 10)
    with pytest.raises(EnvironmentFileError) as caught:
        numbers.refuse_unused()
    assert str(caught.value).splitlines() == [
        "staging.toml: unknown key thresholds.spik; did you mean spike?",
        "staging.toml: unknown key thresholds.zzz; known: spike",
    ]
