"""What every suite may use."""

import gc
import os
import signal
import sys
from collections.abc import Generator, Iterator, Mapping
from functools import cache
from pathlib import Path

import botocore.session
import pytest
from hypothesis import HealthCheck, settings

from infra.assembly import Assembly, open_assembly
from infra.places import ENVIRONMENTS, assembly_folder
from rehearsal.local.database import Database
from rehearsal.local.postgres import PostgresServer
from rehearsal.local.workspace import RunDirectory
from watchkeeper.environment.loader import known_environments

# The Node.js of this environment, whatever the system has: the CDK looks for it in PATH.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
# A shell starts a job in the background with interrupts ignored, and so would be what tests start
# to interrupt it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Random tests try the same few examples each time: what fails, fails because of the change at hand.
# THOROUGH=1 tries many with other dice, and keeps in build/ what failed until it does not.
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(Path(__file__).parents[1] / "build" / "hypothesis")
EXAMPLES = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("same", EXAMPLES, max_examples=25, derandomize=True, database=None)
settings.register_profile("thorough", EXAMPLES, max_examples=500)
settings.load_profile("thorough" if os.environ.get("THOROUGH") == "1" else "same")
# The longest first, so that no worker is left alone with one of them at the end; and last what
# takes up what others have recorded.
LONGEST = (
    "test_scenarios_even.py",
    "test_scenarios_odd.py",
    "test_suite_on_stage.py",
    "test_played_incident.py",
    "test_one_cycle.py",
    "test_pipeline_faults.py",
    "test_readme_commands.py",
    "test_pipeline_exactness.py",
    "test_layers.py",
    "test_ssm_backup.py",
)
LAST = "test_scenarios.py"
OBJECTS_BETWEEN_COLLECTIONS = 100_000
# Minutes of processor time that prove nothing the others do not, but that these commands run:
# THOROUGH=1 takes them in.
THOROUGH_ONLY = ("test_played_incident.py", "test_benchmarks.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest files, in their order; that within a file stays."""
    if os.environ.get("THOROUGH") != "1":
        left_out = [item for item in items if is_for_thorough_runs(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not is_for_thorough_runs(item)]
    places = {name: place for place, name in enumerate(LONGEST)} | {LAST: len(LONGEST) + 1}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for garbage seldom: not among the tests collected, and later not every 700 objects.

    It took a third of the collection, and a fifth of what the tests take themselves.
    """
    gc.disable()
    collected = yield
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
    gc.enable()
    return collected


def is_for_thorough_runs(item: pytest.Item) -> bool:
    """Tell whether a test is left out of an ordinary run."""
    return item.path.parent.name == "local" and item.path.name in THOROUGH_ONLY


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the servers of the test run said last, when a test that uses them fails."""
    report = yield
    run = getattr(item, "funcargs", {}).get("run_directory")
    if report.failed and run is not None:
        report.sections.append(("Ends of the servers' logs", run.log_tails()))
    return report


@pytest.fixture(scope="session", autouse=True)
def _service_models_are_read_once() -> Iterator[None]:
    """Let sessions share the models of AWS's services, which are megabytes of JSON."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield


@pytest.fixture(scope="session")
def run_directory() -> Iterator[RunDirectory]:
    """Give one directory for whatever this test run starts; it is gone afterwards."""
    with RunDirectory() as run:
        yield run


@pytest.fixture(scope="session")
def postgres(run_directory: RunDirectory) -> Iterator[PostgresServer]:
    """Give a real PostgreSQL server."""
    with PostgresServer(run_directory.path / "postgres") as server:
        yield server


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[Database]:
    """Give a fresh database with the Storytailor tables, for this test alone."""
    database = postgres.create_database()
    yield database
    postgres.drop_database(database)


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Assembly]:
    """Give what every environment is deployed as, synthesised once for the whole test run.

    `make test` has done it just before, for its checks, and says so by CHECKED=1. The CDK is
    imported here and not above: it starts a Node process, and most tests need none.
    """
    names = known_environments(ENVIRONMENTS)
    if os.environ.get("CHECKED") == "1":
        return {name: open_assembly(name, assembly_folder(name)) for name in names}
    from infra.synthesis import synthesise

    folder = tmp_path_factory.mktemp("assemblies")
    return {name: synthesise(name, folder / name) for name in names}
