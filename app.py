"""The entry point of the CDK: `cdk synth --context environment=staging`.

The templates follow from the checkout and the environment's file alone: no account, no git and no
clock is asked.
"""

import sys

from infra.application import add_stacks, new_app
from infra.places import ENVIRONMENTS
from watchkeeper.definitions.errors import EnvironmentFileError, WatchkeeperError
from watchkeeper.environment.loader import known_environments, load_environment


def main() -> None:
    """Synthesise the environment that the context names."""
    app = new_app()
    name = app.node.try_get_context("environment")
    if name is None:
        known = ", ".join(known_environments(ENVIRONMENTS))
        raise EnvironmentFileError(
            f"no environment is named; add --context environment=… with one of {known}"
        )
    add_stacks(app, load_environment(str(name), ENVIRONMENTS))
    app.synth()


if __name__ == "__main__":
    try:
        main()
    except WatchkeeperError as error:
        # Each is a sentence for whoever wrote the environment's file: no trace helps them.
        sys.exit(str(error))
