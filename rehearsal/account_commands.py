"""The commands on a live account: the suite's own, and so not part of what can be installed."""

import click

try:
    from watchkeeper.operations.archive_command import archive
    from watchkeeper.operations.command import ssm
except ImportError:
    COMMANDS: dict[str, click.Command] = {}
else:
    COMMANDS = {"archive": archive, "ssm": ssm}


def find_command(name: str) -> click.Command:
    """Return a command, or one that says where it can be found."""
    return COMMANDS.get(name) or click.Command(
        name,
        callback=lambda: _refuse(name),
        help="On a live account; in a checkout of the suite only.",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )


def _refuse(name: str) -> None:
    raise click.UsageError(
        f"`watchkeeper {name}` works on a live account, from a checkout of the suite only"
    )
