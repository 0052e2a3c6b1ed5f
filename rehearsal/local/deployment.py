"""Deploy the suite into the emulator with the real CDK command line."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.errors import LocalStageError
from rehearsal.local.workspace import REPOSITORY
from watchkeeper.environment.loader import load_environment
from watchkeeper.environment.names import Names

CDK = REPOSITORY / "node_modules" / ".bin" / "cdk"
ENVIRONMENT = "local"
# Ends every name that the environment deploys.
SUFFIX = "-local"
# Where `make check` synthesises this environment to.
CHECKED_ASSEMBLY = REPOSITORY / "build" / f"cdk.out.{ENVIRONMENT}"
OUTPUT_LINES_SHOWN = 30


def names() -> Names:
    """Name what the local environment deploys."""
    return Names(load_environment(ENVIRONMENT, REPOSITORY / "environments"))


def is_checked() -> bool:
    """Tell whether `make test` has just synthesised and checked the templates to deploy."""
    return os.environ.get("CHECKED") == "1"


class Deployment:
    """Prepare the emulated account for the CDK, and deploy the stacks it can hold.

    Alarms, dashboards and saved queries stay undeployed: the emulator refuses expressions,
    composite alarms and query definitions. Their templates are synthesised all the same, and their
    alarms evaluated on the stage.
    """

    def __init__(self, emulator: AwsEmulator, directory: Path) -> None:
        self._emulator = emulator
        self._directory = directory

    @property
    def assembly(self) -> Path:
        """Return the folder of the synthesised templates."""
        return CHECKED_ASSEMBLY if is_checked() else self._directory / "cdk.out"

    def bootstrap(self) -> None:
        """Create what the CDK needs in an account (its bucket and roles)."""
        where = f"aws://{self._emulator.account}/{self._emulator.region}"
        # From a folder without cdk.json, or the CDK would synthesise the application first.
        self._cdk(["bootstrap", where], folder=self._directory)

    def deploy(self) -> tuple[str, ...]:
        """Synthesise, unless that was just done, and deploy; return the names of the stacks."""
        known = names()
        stacks = (known.state_stack, known.notification_stack, known.functions_stack)
        arguments = ["deploy", *stacks, "--require-approval", "never", "--exclusively"]
        arguments += ["--progress", "events"]
        if is_checked():
            arguments += ["--app", str(self.assembly)]
        else:
            arguments += ["--context", f"environment={ENVIRONMENT}", "--output", str(self.assembly)]
        self._cdk(arguments, folder=REPOSITORY)
        return stacks

    def _cdk(self, arguments: Sequence[str], *, folder: Path) -> None:
        command = [str(CDK), *arguments, "--no-notices", "--ci"]
        done = subprocess.run(
            command,
            cwd=folder,
            env=_with_tools(self._emulator.environment_over(os.environ)),
            capture_output=True,
            text=True,
            check=False,
        )
        log = self._directory / f"cdk-{arguments[0]}.log"
        log.write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode != 0:
            said = (done.stdout + done.stderr).splitlines()[-OUTPUT_LINES_SHOWN:]
            raise LocalStageError(
                f"cdk {arguments[0]} ended with {done.returncode}:\n" + "\n".join(said)
            )


def _with_tools(environment: Mapping[str, str]) -> dict[str, str]:
    """Put this environment's own python and node first, wherever `make` was started from."""
    tools = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", "")])
    return {**environment, "PATH": tools}
