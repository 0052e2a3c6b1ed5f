"""What all commands on an account have in common: how they fail, and the options that say where."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from watchkeeper.definitions.errors import WatchkeeperError

FAILED = 2

Command = TypeVar("Command", bound=Callable[..., Any])


class AccountGroup(click.Group):
    """Turn errors into one sentence and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except WatchkeeperError as error:
            click.echo(f"watchkeeper: {error}", err=True)
            sys.exit(FAILED)


def add_place_options(command: Command, kind: str) -> Command:
    """Add the options that say which bucket of which account; `kind` says what is in it."""
    own = f"{kind} bucket, if not the environment's own."
    for option in (
        click.option("--region", default="", help="Region; else as the AWS CLI finds it."),
        click.option("--profile", default="", help="Profile of the AWS configuration files."),
        click.option("--bucket", default="", help=own),
        click.option("--environment", required=True, help="Environment, such as production."),
    ):
        command = option(command)
    return command
