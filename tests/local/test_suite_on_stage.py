"""The deployed suite as `make up` runs it: real functions, enforced roles, real faults."""

import contextlib
import dataclasses
import io
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from rich.console import Console as Terminal

from rehearsal.local.clock import MINUTE, PlayedClock
from rehearsal.local.console import Console
from rehearsal.local.cycle import Cycle
from rehearsal.local.paging.pager import Pager
from rehearsal.local.stage import LocalStage, local_stage
from watchkeeper.definitions.schedule import JobDefinition
from watchkeeper.workloads.storytailor.jobs import HEALTH_CHECK, JOBS, PIPELINE_METRICS

# So short that a run that waits for a black hole ends within the test's patience.
SHORT_TIMEOUT_SECONDS = 30
FUNCTION = "watchkeeper-pipeline-metrics-local"


@pytest.fixture(scope="module")
def stage() -> Iterator[LocalStage]:
    with local_stage(Console(Terminal(file=io.StringIO()))) as stage:
        yield stage


@pytest.fixture(scope="module")
def cycle(stage: LocalStage) -> Cycle:
    return Cycle(stage, Console(Terminal(file=io.StringIO())))


@pytest.fixture(autouse=True)
def healthy_afterwards(stage: LocalStage) -> Iterator[None]:
    yield
    stage.gateway.normal()


def role_of(stage: LocalStage, job: JobDefinition) -> str:
    client = stage.emulator.client("lambda")
    name = f"watchkeeper-{job.kebab_name}-local"
    return str(client.get_function_configuration(FunctionName=name)["Role"]).rsplit("/", 1)[-1]


# The health check comes last, as in a cycle: one of its checks is whether there is a fresh backup.
# That a whole cycle finds nothing wrong is test_one_cycle.py's.
@pytest.mark.parametrize(
    "job", sorted(JOBS, key=lambda job: job is HEALTH_CHECK), ids=lambda job: job.name
)
def test_a_function_that_is_refused_its_calls_makes_the_cycle_fail_by_name(
    stage: LocalStage, cycle: Cycle, job: JobDefinition
) -> None:
    with stage.emulator.refusing(role_of(stage, job)):
        problems = cycle.try_job(job)
    assert problems[0].startswith(f"{job.name} was refused an AWS call")
    assert problems[-1].startswith(f"{job.name} failed: ")
    assert cycle.try_job(job) == []


def test_a_kill_switch_that_is_off_makes_the_cycle_fail_by_name(
    stage: LocalStage, cycle: Cycle
) -> None:
    stage.storytailor.switch("crisis-alert", on=False)
    try:
        assert cycle.try_job(HEALTH_CHECK) == ["check crisis-kill-switch did not pass"]
    finally:
        stage.storytailor.switch("crisis-alert", on=True)


def test_what_a_function_measures_pages_whoever_subscribed_and_so_does_its_recovery(
    stage: LocalStage, terminal: io.StringIO
) -> None:
    # Played in the half hour before now: the scheduler starts what is past at once.
    begins = (int(time.time()) // MINUTE - 30) * MINUTE
    clock = PlayedClock(begins)
    played = dataclasses.replace(stage, clock=clock)
    console = Console(Terminal(file=terminal, width=200))
    pager, cycle = Pager(played, console), Cycle(played, console)
    for one in played.functions:
        cycle.show_new_runs(one)
    for minute, is_on in ((1, False), (6, False), (11, True), (16, True)):
        stage.storytailor.switch("crisis-alert", on=is_on)
        clock.set(begins + minute * MINUTE)
        cycle.try_job(HEALTH_CHECK)
        pager.go_on()
    clock.set(begins + 22 * MINUTE)
    pager.go_on()
    pager.wait_for_deliveries()
    name = "storytailor-crisis-pipeline-down-local"
    pages = [page for page in pager.pages if page.notice.alarm == name and page.is_news]
    assert [page.notice.state for page in pages] == ["ALARM", "OK"]
    assert {page.topic_arn.rpartition(":")[2] for page in pages} == {
        "storytailor-critical-alerts-local"
    }
    shown = terminal.getvalue()
    assert f"PAGE P1 {name}" in shown
    assert "No crisis alert can go out now" in shown
    assert "runbooks/storytailor.md#storytailor-crisis-pipeline-down" in shown


@pytest.fixture
def terminal() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def impatient(stage: LocalStage) -> Iterator[None]:
    client = stage.emulator.client("lambda")
    client.update_function_configuration(FunctionName=FUNCTION, Timeout=SHORT_TIMEOUT_SECONDS)
    yield
    client.update_function_configuration(
        FunctionName=FUNCTION, Timeout=PIPELINE_METRICS.timeout_seconds
    )


def write_late_rows(stage: LocalStage, count: int) -> None:
    """Commit runs now that were created within the last hour, as a long transaction does."""
    with contextlib.closing(stage.database.owner.connect()) as connection:
        connection.execute(
            "INSERT INTO pipeline_executions (pipeline_type, pipeline_name, status, created_at) "
            "SELECT 'crisis_alert', 'late', 'completed', now() - n * interval '1 minute' "
            "FROM generate_series(5, 5 + %s - 1) AS n",
            (count,),
        )


OUTAGE_SECONDS = 5.0


def kill_and_restart(stage: LocalStage) -> None:
    stage.postgres.kill()
    # Away for longer than a function needs to start, so that no run slips in after it.
    time.sleep(OUTAGE_SECONDS)
    stage.postgres.start()


FAULTS: dict[str, Callable[[LocalStage], None]] = {
    "the database is killed": kill_and_restart,
    "the database is a black hole": lambda stage: stage.gateway.black_hole(),
    "every connection is cut": lambda stage: stage.gateway.cut(),
    "every answer takes a minute": lambda stage: stage.gateway.slow(seconds_per_reply=60),
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_in_the_middle_of_a_run_is_loud_and_the_next_run_repairs_the_counts(
    stage: LocalStage, cycle: Cycle, fault: Callable[[LocalStage], None]
) -> None:
    write_late_rows(stage, 40)
    stage.gateway.slow(seconds_per_reply=0.3)
    striking = threading.Thread(target=strike, args=(stage, fault))
    striking.start()
    # Its patience is the function's timeout: a run that hung past it would be "no run ended".
    (problem,) = cycle.try_job(PIPELINE_METRICS)
    assert problem.startswith("pipeline_metrics failed: ")
    striking.join()
    stage.gateway.normal()
    assert cycle.try_job(PIPELINE_METRICS) == []


def strike(stage: LocalStage, fault: Callable[[LocalStage], None]) -> None:
    """Let the fault happen once the run is talking to the database."""
    while not stage.gateway.open_connections:
        time.sleep(0.02)
    time.sleep(0.5)
    fault(stage)
