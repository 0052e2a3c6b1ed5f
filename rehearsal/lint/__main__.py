"""Hold templates against the design rules: python -m rehearsal.lint --template FILE_OR_FOLDER."""

import sys
from pathlib import Path

import click

from rehearsal.engine.errors import EngineError
from rehearsal.lint.facts import Facts, read_facts
from rehearsal.lint.report import to_json_lines, to_text
from rehearsal.lint.rules.table import RULES
from rehearsal.lint.run import run_lint
from rehearsal.lint.templates import load_templates, read_leniently


@click.command("lint")
@click.option(
    "--template",
    "templates",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="A template as JSON, or a folder of *.template.json such as cdk.out; repeatable.",
)
@click.option(
    "--facts",
    "facts_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What a template cannot tell, as TOML; rules that lack it say so.",
)
@click.option("--account", default="123456789012", show_default=True, help="For pseudo-parameters.")
@click.option("--region", default="us-east-1", show_default=True, help="For pseudo-parameters.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
@click.option("--rules", "lists_rules", is_flag=True, help="List the rules as a Markdown table.")
def lint(
    templates: tuple[Path, ...],
    facts_file: Path | None,
    account: str,
    region: str,
    style: str,
    *,
    lists_rules: bool,
) -> None:
    """Hold alarms in synthesised CloudFormation templates against 23 design rules.

    Ends with 1 when there is a finding, with 2 when something could not be read.
    """
    if lists_rules:
        click.echo(to_markdown())
        return
    if not templates:
        raise click.UsageError("give at least one --template")
    try:
        facts = read_facts(facts_file) if facts_file else Facts()
        deployment = read_leniently(load_templates(templates), account=account, region=region)
        report = run_lint(deployment, facts)
    except EngineError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    click.echo(to_json_lines(report) if style == "json" else to_text(report))
    sys.exit(0 if report.is_clean else 1)


def to_markdown() -> str:
    """Write the table of rules as docs/lint.md has it."""
    head = "| no. | rule | severity | says | needs facts | source |\n|---|---|---|---|---|---|"
    rows = (
        f"| {rule.number} | `{rule.slug}` | {rule.severity.value} | {rule.says} | "
        f"{', '.join(f'`{each}`' for each in rule.needs)} | {rule.source} |"
        for rule in RULES
    )
    return "\n".join([head, *rows])


if __name__ == "__main__":
    lint(prog_name="python -m rehearsal.lint")
