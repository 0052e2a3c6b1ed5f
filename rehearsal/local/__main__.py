"""The command line behind `make up`."""

import argparse
import signal
import sys

from rehearsal.local.errors import LocalStageError
from rehearsal.local.up import up


def main() -> int:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", help="deploy the suite on this machine and watch it work")
    start.add_argument("--once", action="store_true", help="one cycle of every function, then end")
    start.add_argument("--incident", default="", help="play an incident: a scenario by its name")
    arguments = parser.parse_args()
    # Both end it in good order, also where the shell that started it ignores them for its children.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    try:
        return up(once=arguments.once, incident=arguments.incident)
    except LocalStageError as error:
        print(f"make up: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
