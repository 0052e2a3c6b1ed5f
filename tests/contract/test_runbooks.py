"""What a runbook says is true: of the alarms as defined, of PostgreSQL and of the AWS CLI."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from infra.words import fires_when, missing_data, unit_of, window
from rehearsal.local.database import Database
from rehearsal.local.postgres import PostgresServer
from tests.contract.aws_command import find_commands, find_problems
from tests.contract.markdown import (
    CodeBlock,
    Section,
    find_code_blocks,
    find_links,
    find_sections,
    to_anchor,
)
from watchkeeper.definitions.alarm import AlarmDefinition, AnyOf, Expression
from watchkeeper.definitions.workload import WorkloadDefinition
from watchkeeper.environment.loader import load_environment
from watchkeeper.workloads.registry import workloads

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PRODUCTION = load_environment("production", ROOT / "environments")
WORKLOADS = {workload.name: workload for workload in workloads(PRODUCTION)}
RUNBOOKS = {
    name: (DOCS / "runbooks" / f"{name}.md").read_text(encoding="utf-8") for name in WORKLOADS
}
ALARMS = [
    pytest.param(workload, alarm, id=alarm.name)
    for workload in WORKLOADS.values()
    for alarm in workload.alarms
]
# What a person looks for in the section of an alarm, in the order they need it.
PARTS = (
    *("**For users.**", "| alarm |", "1. ", "2. ", "3. "),
    *("**Kill switch.**", "**Escalate.**", "**Over when**"),
)
PAGES = [
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    DOCS / "architecture.md",
    DOCS / "decisions.md",
    *(DOCS / "runbooks" / f"{name}.md" for name in RUNBOOKS),
]
# Every page that a person may copy a command from.
SCRIPTS = [
    pytest.param(block, id=f"{page.name}:{block.line}")
    for page in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
    for block in find_code_blocks(page.read_text(encoding="utf-8"), "sh")
]
SOURCES = "layers/watchkeeper/python/watchkeeper"
# Columns that Storytailor's tables may lack.
OPTIONAL_COLUMNS = ("error", "updated_at", "queued_at", "delivered_at")
BOUNDED = {"pipeline_executions": "created_at > now() -", "email_delivery_log": "sent_at > now() -"}


def alarm_sections(name: str) -> dict[str, Section]:
    return {
        section.anchor: section
        for section in find_sections(RUNBOOKS[name])
        if section.level == 2 and section.title.startswith(f"{name}-")
    }


def queries() -> list[object]:
    return [
        pytest.param(block, id=f"{name}.md:{block.line}")
        for name, text in RUNBOOKS.items()
        for block in find_code_blocks(text, "sql")
    ]


def inline_commands() -> list[object]:
    return [
        pytest.param(command.replace("\\|", "|"), id=f"{name}: {command[:60]}")
        for name, text in RUNBOOKS.items()
        for command in re.findall(r"`(aws \S+ [^`]+)`", text)
    ]


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=lambda workload: workload.name)
def test_every_alarm_has_a_section_and_every_section_an_alarm(workload: WorkloadDefinition) -> None:
    assert set(alarm_sections(workload.name)) == {alarm.runbook for alarm in workload.alarms}


@pytest.mark.parametrize(("workload", "alarm"), ALARMS)
def test_a_section_says_of_an_alarm_what_is_deployed(
    workload: WorkloadDefinition, alarm: AlarmDefinition
) -> None:
    text = alarm_sections(workload.name)[alarm.runbook].text
    [row] = [line for line in text.splitlines() if line.startswith(f"| `{alarm.name}` |")]
    _, severity, fires, over, no_data = [cell.strip() for cell in row.strip("|").split("|")]
    assert (severity, over, no_data) == (alarm.severity.name, window(alarm), missing_data(alarm))
    if isinstance(alarm.condition, AnyOf):
        assert fires.startswith("any of ")
        assert all(f"| `{child}` |" in text for child in alarm.children)
        return
    held = alarm.condition
    limit = f"{held.comparison.sign} {held.value:g}{unit_of(held.watches)}"
    assert re.search(rf"{re.escape(limit)}(?![\d.])", fires), fires_when(alarm)
    if isinstance(held.watches, Expression):
        assert held.watches.minimum_volume in fires
    assert ("(child)" in fires) == alarm.silent


@pytest.mark.parametrize(("workload", "alarm"), ALARMS)
def test_a_section_expands_the_first_checks_of_the_page_in_their_order(
    workload: WorkloadDefinition, alarm: AlarmDefinition
) -> None:
    text = " ".join(alarm_sections(workload.name)[alarm.runbook].text.split())
    numbered = [f"{number}. **{check}**" for number, check in enumerate(alarm.first_checks, 1)]
    places = [text.find(check) for check in numbered]
    assert -1 not in places, f"{alarm.name}: not in its section: {numbered[places.index(-1)]}"
    assert places == sorted(places)


@pytest.mark.parametrize(("workload", "alarm"), ALARMS)
def test_a_section_names_the_kill_switch_of_the_page(
    workload: WorkloadDefinition, alarm: AlarmDefinition
) -> None:
    text = alarm_sections(workload.name)[alarm.runbook].text
    after = text.partition("**Kill switch.**")[2].partition("**Escalate.**")[0]
    assert alarm.kill_switch in after


@pytest.mark.parametrize(
    "section",
    [
        pytest.param(section, id=anchor)
        for name in RUNBOOKS
        for anchor, section in alarm_sections(name).items()
    ],
)
def test_a_section_has_every_part_in_order(section: Section) -> None:
    places = [section.text.find(f"\n{part}") for part in PARTS]
    missing = [part for part, place in zip(PARTS, places, strict=True) if place < 0]
    assert not missing
    assert places == sorted(places)


def test_jobs_and_loops_name_the_rules_and_types_of_production() -> None:
    storytailor = PRODUCTION.storytailor
    assert storytailor is not None
    text = RUNBOOKS["storytailor"]
    for rule, schedule in storytailor.rules.items():
        assert f"| `{rule}` | `{schedule}`: " in text
    loops = re.findall(r"for (\w+) in ([^;$]+);", text)
    for variable, values in loops:
        if variable == "rule":
            assert values.split() == list(storytailor.rules)
        if variable == "type":
            assert values.split() == [*storytailor.email_types, "other"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for target in find_links(page.read_text(encoding="utf-8")):
        if target.startswith("http"):
            continue
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        assert path.exists(), f"{target}: no such file"
        if anchor:
            anchors = {each.anchor for each in find_sections(path.read_text(encoding="utf-8"))}
            assert anchor in anchors, f"{target}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    rooms = r"…|app\.py|docs|environments|functions|infra|layers|rehearsal|requirements|tests"
    for path in re.findall(rf"`((?:{rooms})/[^`\s<]+)`", page.read_text(encoding="utf-8")):
        assert list(ROOT.glob(path.replace("…", SOURCES).rstrip("/"))), path


@pytest.mark.parametrize(
    ("title", "anchor"),
    [
        ("storytailor-database-down", "storytailor-database-down"),
        ("Who answers, and when", "who-answers-and-when"),
        ("What `make up` does", "what-make-up-does"),
        ("2. Counts are differences", "2-counts-are-differences"),
        ("Zeros & heartbeats", "zeros--heartbeats"),
    ],
)
def test_an_anchor_is_made_as_github_makes_it(title: str, anchor: str) -> None:
    assert to_anchor(title) == anchor


def test_equal_headings_get_numbered_anchors() -> None:
    document = "# A\n## B\ntext\n```\n## no heading\n```\n## B\n"
    assert [section.anchor for section in find_sections(document)] == ["a", "b", "b-1"]


@pytest.fixture(scope="module")
def storytailor(postgres: PostgresServer) -> Iterator[Database]:
    """Give the tables with some rows, and without the columns that may be absent.

    One for all queries: each proves of itself that it changes nothing.
    """
    database = postgres.create_database()
    with database.owner.connect() as connection:
        for column in OPTIONAL_COLUMNS:
            connection.execute(f"ALTER TABLE email_delivery_log DROP COLUMN {column}")
        connection.execute(
            "INSERT INTO pipeline_executions (pipeline_type, pipeline_name, status, vetoed, "
            "veto_reason, trigger_data, started_at, completed_at) VALUES "
            "('crisis_alert', 'a', 'completed', true, 'SLA_MISSED', "
            '\'{"event_timestamp": "no time"}\', now(), now()), '
            "('daily_digest', 'b', 'failed', NULL, NULL, NULL, now(), NULL)"
        )
        connection.execute("INSERT INTO email_delivery_log (email_type) VALUES ('daily_digest')")
    yield database
    postgres.drop_database(database)


@pytest.mark.parametrize("block", queries())
def test_every_query_runs_on_the_tables_as_a_reader_and_changes_nothing(
    block: CodeBlock, storytailor: Database
) -> None:
    with storytailor.reader.connect(autocommit=False) as connection:
        connection.read_only = True
        cursor = connection.execute(block.text.encode())
        assert cursor.description, "a query answers with rows"
        cursor.fetchall()


@pytest.mark.parametrize("block", queries())
def test_no_query_reads_a_whole_table(block: CodeBlock) -> None:
    read = set(re.findall(r"\b(?:FROM|JOIN) (\w+)", block.text))
    for table in read & BOUNDED.keys():
        assert BOUNDED[table] in block.text, f"{table} is read without a limit in time"


def test_a_query_on_a_column_that_is_not_there_would_be_found(storytailor: Database) -> None:
    with storytailor.reader.connect() as connection, pytest.raises(psycopg.errors.UndefinedColumn):
        connection.execute("SELECT updated_at FROM email_delivery_log")


@pytest.mark.parametrize("block", SCRIPTS)
def test_every_aws_command_is_one_the_cli_takes(block: CodeBlock) -> None:
    commands = find_commands(block.text)
    assert len(commands) == len(re.findall(r"(?<![\w/-])aws (?=[a-z])", block.text))
    for command in commands:
        assert not find_problems(command), str(command)


@pytest.mark.parametrize("block", SCRIPTS)
def test_bash_can_read_every_script(block: CodeBlock) -> None:
    script = re.sub(r"<[^>\n]+>", "something", block.text)
    done = subprocess.run(["bash", "-n", "-c", script], capture_output=True, text=True, check=False)
    assert not done.stderr
    # Within double quotes bash would run what stands between bare backticks.
    assert not re.search(r'"[^"\n]*[^\\]`', re.sub(r"'[^']*'", "", script))


@pytest.mark.parametrize("text", inline_commands())
def test_every_aws_command_in_a_sentence_is_one_the_cli_takes(text: str) -> None:
    [command] = find_commands(text)
    # In a sentence a command may leave out what the section shows in full.
    problems = [each for each in find_problems(command) if not each.endswith(" is missing")]
    assert not problems


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        # script, what is wrong with it (nothing: a command the CLI takes)
        ("aws ssm get-parameter --name /a/b --with-decryption", ""),
        ("aws ssm get-parameter --name /a/b --no-with-decryption", ""),
        ("aws logs tail /aws/lambda/a --since 1h --follow", ""),
        ("aws sqs purge-queue --queue-url $QUEUE", ""),
        ("aws lambda invoke --function-name a /dev/null", ""),
        ("aws s3api get-object --bucket a --key b /dev/stdout --query ContentLength", ""),
        ("aws cloudwatch describe-alarms --alarm-names a b --alarm-types MetricAlarm", ""),
        ("aws lambda invoke --function-name a --payload e30= /dev/null", ""),
        ("aws ssm describe-parameters --query 'Parameters[-5:]' --output table", ""),
        ("aws ssm describe-parameters --query 'Parameters[].Name' --output text", ""),
        ("aws ssm describe-parameters --query 'Parameters[-5:]' --output text", "once a page"),
        ("aws nothing list", "no service"),
        ("aws ssm get-parametre --name a", "no command"),
        ("aws ssm get-parameter --nam a", "unknown option --nam"),
        ("aws ssm get-parameter", "--name is missing"),
        ("aws ssm get-parameter --name", "--name has no value"),
        ("aws ssm get-parameter --name a b", "found ['b'] without an option"),
        ("aws lambda invoke --function-name a", "expected one output file"),
        ("aws lambda invoke --function-name a --payload '{}' /dev/null", "no base64"),
        ("aws lambda invoke --function-name a --invocation-type Async b", "expected one of"),
        ("aws sqs receive-message --queue-url a --max-number-of-messages ten", "no number"),
        ("aws cloudwatch describe-alarms --query 'MetricAlarms[}'", "no JMESPath"),
        ('aws events put-events --entries \'[{"Sauce": "a"}]\'', "unknown key 'Sauce'"),
        ("aws events put-events --entries '[{]'", "no JSON"),
        ("aws cloudwatch describe-alarm-history --output", "--output has the values []"),
        (
            "aws dynamodb get-item --table-name a --key '[]'",
            "found list, expected a map",
        ),
        (
            "aws cloudwatch put-alarm-mute-rule --name a --rule '{\"Schedule\": {}}'",
            "'Expression' is missing",
        ),
        (
            "aws cloudwatch list-metrics --namespace a --dimensions Name=b,Valve=c",
            "unknown key 'Valve'",
        ),
        ("aws logs tail --since 1h", "exactly one log group"),
        ("aws logs tail a --filter b", "unknown option --filter"),
    ],
)
def test_a_command_is_judged_as_the_cli_would(script: str, problem: str) -> None:
    [command] = find_commands(script)
    found = "; ".join(find_problems(command))
    assert problem in found
    assert bool(found) == bool(problem)


@pytest.mark.parametrize(
    ("script", "services"),
    [
        ("# aws ssm in a comment\necho aws ssm", []),
        ("aws sts a | jq .", ["sts"]),
        ("for x in a b; do\n  aws ssm b \\\n    --c d\ndone", ["ssm"]),
        ('aws sqs a --b "$(aws sts c)"', ["sts", "sqs"]),
        ("aws events a --b '{\n  \"c\": 1\n}'\naws ssm d", ["events", "ssm"]),
        ("A=1 && aws ssm b; aws sqs c", ["ssm", "sqs"]),
    ],
)
def test_the_commands_of_a_script_are_found(script: str, services: list[str]) -> None:
    assert [command.words[0] for command in find_commands(script)] == services
