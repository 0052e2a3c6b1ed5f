"""The options that several commands share: which templates, and where they would be deployed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from rehearsal.engine.template.deployment import Deployment
from rehearsal.engine.template.reader import read_templates
from rehearsal.template_files import load_templates

EXISTING = click.Path(exists=True, path_type=Path)
Command = TypeVar("Command", bound=Callable[..., Any])


def template_options(command: Command) -> Command:
    """Add the options that say which templates are read, and where they would be deployed."""
    for option in (
        click.option(
            "--template",
            "templates",
            type=EXISTING,
            multiple=True,
            required=True,
            help="A CloudFormation template (JSON or YAML), or a cdk.out folder; repeatable.",
        ),
        click.option("--account", default="111111111111", show_default=True, help="For ARNs."),
        click.option("--region", default="us-east-1", show_default=True, help="For ARNs."),
        click.option(
            "--parameter",
            "parameters",
            metavar="NAME=VALUE",
            multiple=True,
            callback=_read_parameters,
            help="A template's parameter; repeatable.",
        ),
    ):
        command = option(command)
    return command


def _read_parameters(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    for text, (name, sign, _) in zip(given, pairs, strict=True):
        if not (name and sign):
            raise click.BadParameter(f"found {text!r}, expected NAME=VALUE")
    return {name: value for name, _, value in pairs}


def read_deployment(
    templates: tuple[Path, ...], account: str, region: str, parameters: dict[str, str]
) -> Deployment:
    """Read templates and say on the error stream what in them cannot be evaluated."""
    files = load_templates(templates)
    deployment = read_templates(
        files.documents,
        account=account,
        region=region,
        parameters=parameters,
        places=files.places,
    )
    for refusal in deployment.refused:
        click.echo(f"refused: {refusal}", err=True)
    return deployment
