"""Cold starts: one fresh interpreter each, with the folders on its path that Lambda puts there."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks._memory import peak_memory_megabytes
from benchmarks.starts.layers import BARE_LAYER, BUILT, OUR_LAYERS
from rehearsal.local.workspace import REPOSITORY

PROGRAM = Path(__file__).with_name("first_use.py")
FUNCTIONS = REPOSITORY / "functions"
KINDS = "watchkeeper.checks.kinds"
OUR_CLIENT = "watchkeeper.runtime.clients:aws_client"
# It has no secret and reaches nothing: clients are made, not used.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "benchmark", "AWS_SECRET_ACCESS_KEY": "benchmark"}


@dataclass(frozen=True, kw_only=True)
class StartDefinition:
    """Say what a cold start imports, what the first run imports besides, and who makes clients.

    `client` is `module:function`, `layers` the names of the layers it has, `task` the folder of
    the function's own code.
    """

    name: str
    imports: tuple[str, ...]
    imports_later: tuple[str, ...] = ()
    client: str
    layers: tuple[str, ...]
    task: Path | None = None


@dataclass(frozen=True, kw_only=True)
class StartResult:
    """Hold one cold start: wall-clock and processor time until all is imported, and until ready.

    Ready means that the first run's own imports are done and one AWS client is made.
    """

    import_milliseconds: float
    import_processor_milliseconds: float
    ready_milliseconds: float
    ready_processor_milliseconds: float
    memory_megabytes: float

    def values(self) -> tuple[float, ...]:
        """Return all numbers in order."""
        return tuple(asdict(self).values())


BARE = StartDefinition(
    name="bare boto3 + psycopg",
    imports=("boto3", "psycopg"),
    client="boto3:client",
    layers=(BARE_LAYER,),
)


def function_starts() -> list[StartDefinition]:
    """Return the cold start of every function there is."""
    names = sorted(handler.parent.name for handler in FUNCTIONS.glob("*/handler.py"))
    return [
        StartDefinition(
            name=name,
            imports=("handler",),
            imports_later=_kinds() if name == "health_check" else (),
            client=OUR_CLIENT,
            layers=OUR_LAYERS,
            task=FUNCTIONS / name,
        )
        for name in names
    ]


def _kinds() -> tuple[str, ...]:
    # A check's kind is imported when the first check of that kind runs.
    folder = BUILT / "watchkeeper" / "python" / Path(*KINDS.split("."))
    return tuple(f"{KINDS}.{file.stem}" for file in sorted(folder.glob("[a-z]*.py")))


def start_cold(start: StartDefinition, layers: Path) -> StartResult:
    """Start once, with layers from the given directory, and measure."""
    arguments = [",".join(start.imports), ",".join(start.imports_later), start.client]
    with subprocess.Popen(
        [sys.executable, "-P", str(PROGRAM), *arguments],
        env=_environment(start, layers),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        line = process.stdout.readline() if process.stdout else ""
        memory = peak_memory_megabytes(process.pid)
        process.communicate()
    if process.returncode != 0:
        raise ChildProcessError(f"{start.name} could not be imported; see above")
    return StartResult(**json.loads(line), memory_megabytes=memory or 0.0)


def _environment(start: StartDefinition, layers: Path) -> dict[str, str]:
    folders = [layers / name / "python" for name in start.layers]
    if start.task is not None:
        folders.insert(0, start.task)
    return {
        **CREDENTIALS,
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        # Nothing may be cheaper the second time: Lambda's folders are read-only, too.
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        # Tracing is on where these are set.
        "AWS_LAMBDA_FUNCTION_NAME": start.name.replace(" ", "-"),
        "LAMBDA_TASK_ROOT": str(start.task or layers),
    }
