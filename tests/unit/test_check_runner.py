"""The runner owns time: deadlines, one retry, metrics for each check whatever happens."""

import io
import itertools
import json
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError, NoRegionError, ReadTimeoutError

from watchkeeper.checks import runner
from watchkeeper.checks.kind import Check, CheckContext, CheckResult, Kind, KindDefinition
from watchkeeper.checks.kind import passed as well
from watchkeeper.checks.kind import sick as ill
from watchkeeper.checks.report import HealthMetrics
from watchkeeper.definitions.check import CheckDefinition
from watchkeeper.definitions.errors import CheckBrokenError, CollectionError, SettingsError
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import HealthCheckSettings
from watchkeeper.workloads.storytailor.metrics import CHECK_LATENCY, CHECK_PASSED

NOW = datetime(2026, 1, 31, 20, 5, tzinfo=UTC)
METRICS = HealthMetrics(passed=CHECK_PASSED, latency=CHECK_LATENCY)
# Nothing here takes long: reaching this means that something hangs.
HANG_GUARD_SECONDS = 60.0
# Long enough for a thread to start on a busy machine, short enough to wait for.
SHORT_SECONDS = 1.0
LOG_NAMES = itertools.count()

pytestmark = pytest.mark.timeout(HANG_GUARD_SECONDS)


def passes(_target: Mapping[str, str], _context: CheckContext) -> CheckResult:
    return well(version="7")


def is_sick(_target: Mapping[str, str], _context: CheckContext) -> CheckResult:
    return ill("it is off")


def has_a_bug(_target: Mapping[str, str], _context: CheckContext) -> CheckResult:
    nothing: dict[str, str] = {}
    return well(version=nothing["version"])


def is_denied(_target: Mapping[str, str], _context: CheckContext) -> CheckResult:
    raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Invoke")


class InTurn:
    """Give one answer after another, and count how often it was asked."""

    def __init__(self, *answers: CheckResult | Exception) -> None:
        self.answers = list(answers)
        self.calls = 0

    def __call__(self, _target: Mapping[str, str], _context: CheckContext) -> CheckResult:
        answer = self.answers[min(self.calls, len(self.answers) - 1)]
        self.calls += 1
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Stage:
    """Hold kinds by name and run checks of them; the same name for check and kind."""

    capture: pytest.CaptureFixture[str]
    kinds: dict[str, Kind] = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)
    log: io.StringIO = field(default_factory=io.StringIO)
    aws: Callable[..., Any] = field(default=lambda service, **_options: f"client of {service}")

    def add(self, name: str, check: Check, **needs: tuple[str, ...]) -> None:
        definition = KindDefinition(required=(), **needs)
        self.kinds[name] = Kind(definition=definition, check=check)

    def hangs(self, _target: Mapping[str, str], context: CheckContext) -> CheckResult:
        with context.stopwatch.phase("connect"):
            self.released.wait(HANG_GUARD_SECONDS)
        return well()

    def run(
        self,
        *checks: CheckDefinition,
        seconds: float = HANG_GUARD_SECONDS,
        event: Mapping[str, Any] | None = None,
    ) -> dict[str, object]:
        run = Run(
            job="health_check",
            settings=HealthCheckSettings(environment="test", checks=checks),
            now=NOW,
            request_id="1",
            deadline=time.monotonic() + seconds,
            log=Logger(service=f"test-{next(LOG_NAMES)}", stream=self.log),
            event=event or {},
            aws=self.aws,
        )
        return runner.run_checks(run, metrics=METRICS)

    @property
    def emitted(self) -> dict[tuple[str, str], float]:
        """Give value by metric and check from the EMF lines on standard output."""
        found = {}
        for line in self.capture.readouterr().out.splitlines():
            document = json.loads(line)
            (directive,) = document["_aws"]["CloudWatchMetrics"]
            assert directive["Namespace"] == "Storytailor/Health"
            assert directive["Dimensions"] == [["Environment", "Check"]]
            assert document["_aws"]["Timestamp"] == NOW.timestamp() * 1000
            for metric in directive["Metrics"]:
                (found[metric["Name"], document["Check"]],) = document[metric["Name"]]
        return found

    @property
    def verdicts(self) -> dict[str, float]:
        return {check: value for (name, check), value in self.emitted.items() if name[5] == "P"}

    def logged(self, check: str) -> dict[str, Any]:
        lines = map(json.loads, self.log.getvalue().splitlines())
        (line,) = (line for line in lines if line["check"] == check)
        return dict(line)


@pytest.fixture
def stage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    stage = Stage(capture=capsys)
    monkeypatch.setattr(runner, "find_kind", lambda name: stage.kinds[name])
    stage.add("passes", passes)
    stage.add("is_sick", is_sick)
    stage.add("has_a_bug", has_a_bug)
    stage.add("is_denied", is_denied)
    stage.add("hangs", stage.hangs, phases=("connect", "query"))
    yield stage
    stage.released.set()


def check(kind: str, *, name: str = "", seconds: float = 20.0) -> CheckDefinition:
    return CheckDefinition(
        name=name or kind.replace("_", "-"),
        kind=kind,
        description="One of a test.",
        phases=("connect", "query") if kind == "hangs" else (),
        deadline_seconds=seconds,
    )


def test_passed_and_latency_are_emitted_for_well_and_sick_alike(stage: Stage) -> None:
    assert stage.run(check("passes"), check("is_sick")) == {
        "checks": {"passes": "passed", "is-sick": "sick: it is off"}
    }
    emitted = stage.emitted
    assert emitted["CheckPassed", "passes"] == 1.0
    assert emitted["CheckPassed", "is-sick"] == 0.0
    assert set(emitted) == {
        (metric, name)
        for metric in ("CheckPassed", "CheckLatency")
        for name in ("passes", "is-sick")
    }
    assert stage.logged("passes")["level"] == "INFO"
    assert stage.logged("passes")["details"] == {"version": "7"}
    assert stage.logged("is-sick")["level"] == "WARNING"
    assert stage.logged("is-sick")["reason"] == "it is off"


def test_every_target_sick_at_once_is_still_a_finished_run(stage: Stage) -> None:
    checks = [check("is_sick", name=f"target-{number}") for number in range(12)]
    stage.run(*checks)
    assert stage.verdicts == {one.name: 0.0 for one in checks}


def test_a_check_that_hangs_is_sick_and_the_others_still_report(stage: Stage) -> None:
    stage.run(check("passes"), check("hangs", seconds=SHORT_SECONDS), check("is_sick"))
    emitted = stage.emitted
    assert emitted["CheckPassed", "hangs"] == 0.0
    assert emitted["CheckPassed", "passes"] == 1.0
    assert emitted["CheckPassed", "is-sick"] == 0.0
    assert emitted["CheckLatency", "hangs"] == pytest.approx(SHORT_SECONDS * 1000)
    # The phase it hangs in has lasted until now; the one that never began has no duration.
    assert ("CheckLatency", "hangs-connect") in emitted
    assert ("CheckLatency", "hangs-query") not in emitted
    assert stage.logged("hangs")["reason"] == "no answer within 1 s, still in its phase connect"


def test_a_check_that_still_hangs_from_the_last_run_holds_up_no_other_run(stage: Stage) -> None:
    for _ in range(2):
        stage.run(check("hangs", seconds=SHORT_SECONDS), check("passes"))
        assert stage.verdicts == {"hangs": 0.0, "passes": 1.0}


def test_a_check_cut_short_by_the_run_is_broken_and_not_sick(stage: Stage) -> None:
    with pytest.raises(CheckBrokenError, match=r"hangs: no answer .*the run had no more time"):
        stage.run(check("hangs", seconds=20.0), check("passes"), seconds=SHORT_SECONDS)
    assert stage.verdicts == {"passes": 1.0}


def test_a_broken_check_raises_only_after_the_others_were_emitted(stage: Stage) -> None:
    checks = (check("has_a_bug"), check("passes"), check("is_denied"), check("is_sick"))
    with pytest.raises(CheckBrokenError, match="2 of 4 checks are broken") as broken:
        stage.run(*checks)
    assert "has-a-bug: KeyError at test_check_runner.py:" in str(broken.value)
    assert "is-denied: An error occurred (AccessDenied)" in str(broken.value)
    # A broken check knows nothing of its target: neither 0 nor 1, and no latency.
    assert {name for _metric, name in stage.emitted} == {"passes", "is-sick"}
    assert stage.logged("has-a-bug")["level"] == "ERROR"


@pytest.mark.parametrize(
    "first", [ill("refused", retryable=True), ReadTimeoutError(endpoint_url="https://x")]
)
def test_a_second_try_that_passes_passes_and_keeps_the_first_error(
    stage: Stage, first: CheckResult | Exception
) -> None:
    stage.add("flaky", InTurn(first, well()))
    assert stage.run(check("flaky", seconds=5.0)) == {"checks": {"flaky": "passed"}}
    assert stage.verdicts == {"flaky": 1.0}
    logged = stage.logged("flaky")
    assert logged["status"] == "passed"
    assert "refused" in logged["first_error"] or "Read timeout" in logged["first_error"]
    assert "reason" not in logged


def test_a_target_is_looked_at_twice_and_never_three_times(stage: Stage) -> None:
    answers = InTurn(ill("refused once", retryable=True), ill("refused twice", retryable=True))
    stage.add("down", answers)
    stage.run(check("down", seconds=5.0))
    assert answers.calls == 2
    assert stage.logged("down")["reason"] == "refused twice"
    assert stage.logged("down")["first_error"] == "refused once"


@pytest.mark.parametrize(
    "answer", [ill("rule is disabled"), well(), CheckBrokenError("denied"), ValueError("bug")]
)
def test_what_another_look_cannot_change_is_not_looked_at_again(
    stage: Stage, answer: CheckResult | Exception
) -> None:
    answers = InTurn(answer)
    stage.add("settled", answers)
    if isinstance(answer, Exception):
        with pytest.raises(CheckBrokenError):
            stage.run(check("settled", seconds=5.0))
    else:
        stage.run(check("settled", seconds=5.0))
    assert answers.calls == 1


def test_a_checker_whose_trouble_may_pass_is_given_its_second_try_too(stage: Stage) -> None:
    trouble = CollectionError("secrets are throttled", retryable=True)
    stage.add("flaky", InTurn(trouble, well()))
    assert stage.run(check("flaky", seconds=5.0)) == {"checks": {"flaky": "passed"}}
    assert stage.logged("flaky")["first_error"] == "secrets are throttled"


def test_a_checker_broken_at_first_and_then_silent_says_nothing_of_its_target(
    stage: Stage,
) -> None:
    first = InTurn(CollectionError("secrets are throttled", retryable=True))

    def broken_then_hangs(target: Mapping[str, str], context: CheckContext) -> CheckResult:
        return stage.hangs(target, context) if first.calls else first(target, context)

    stage.add("hangs", broken_then_hangs, phases=("connect", "query"))
    with pytest.raises(CheckBrokenError, match="hangs: no answer within 3 s"):
        stage.run(check("hangs", seconds=3.0))
    assert stage.emitted == {}


def test_a_second_try_that_hangs_is_sick_with_both_reasons(stage: Stage) -> None:
    first = InTurn(ill("refused", retryable=True))

    def refused_then_hangs(target: Mapping[str, str], context: CheckContext) -> CheckResult:
        return stage.hangs(target, context) if first.calls else first(target, context)

    stage.add("hangs", refused_then_hangs, phases=("connect", "query"))
    stage.run(check("hangs", seconds=3.0))
    assert stage.verdicts == {"hangs": 0.0}
    assert stage.logged("hangs")["first_error"] == "refused"
    assert stage.logged("hangs")["reason"].startswith("no answer within 3 s")


def test_no_second_try_is_begun_that_could_not_end_in_time(stage: Stage) -> None:
    answers = InTurn(ill("refused", retryable=True))

    def slowly(target: Mapping[str, str], context: CheckContext) -> CheckResult:
        time.sleep(2.1)
        return answers(target, context)

    stage.add("slow", slowly)
    stage.run(check("slow", seconds=4.0))
    assert answers.calls == 1
    assert stage.logged("slow")["reason"] == "refused"


def test_a_kind_is_given_its_time_and_the_clients_it_declared(stage: Stage) -> None:
    made: list[tuple[str, dict[str, object]]] = []
    seen: list[CheckContext] = []

    def make(service: str, **options: object) -> str:
        made.append((service, options))
        return f"client of {service}"

    def looks(_target: Mapping[str, str], context: CheckContext) -> CheckResult:
        seen.append(context)
        return well()

    stage.aws = make
    stage.add("looks", looks, services=("ssm", "s3"))
    stage.run(check("looks", seconds=10.0))
    assert seen[0].clients == {"ssm": "client of ssm", "s3": "client of s3"}
    assert seen[0].timeout_seconds == pytest.approx(4.0)
    assert seen[0].now == NOW
    # The runner retries: a client that retried by itself would hide the first error.
    options = {"read_timeout_seconds": pytest.approx(4.0), "max_attempts": 1}
    assert made == [("ssm", options), ("s3", options)]


def test_a_client_that_cannot_be_made_breaks_its_check_alone(stage: Stage) -> None:
    def fail(_service: str, **_options: object) -> str:
        raise NoRegionError

    stage.aws = fail
    stage.add("looks", passes, services=("ssm",))
    with pytest.raises(CheckBrokenError, match="1 of 2 checks are broken: looks: NoRegionError"):
        stage.run(check("looks"), check("passes"))
    assert stage.verdicts == {"passes": 1.0}


def test_an_unknown_kind_breaks_its_check_alone_and_names_the_known_ones(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    unknown = check("telepathy")
    with pytest.raises(CheckBrokenError, match=r"telepathy.*expected one of .*lambda_invoke"):
        stage.run(unknown)


def test_a_check_that_does_not_fit_its_kind_is_broken(stage: Stage) -> None:
    misfit = CheckDefinition(
        name="passes", kind="passes", description="One.", target={"color": "red"}
    )
    with pytest.raises(CheckBrokenError, match=r"unknown \['color'\]"):
        stage.run(misfit)
    assert stage.emitted == {}


def test_what_a_target_says_is_logged_without_its_secrets(stage: Stage) -> None:
    dsn = "postgresql://reader:hunter2@db/postgres"
    stage.add("talks", InTurn(ill(f"cannot reach {dsn}", retryable=True), ill(f"no: {dsn}")))
    stage.add("boasts", InTurn(well(version=f"1 at {dsn}")))
    stage.add("breaks", InTurn(ValueError(dsn)))
    with pytest.raises(CheckBrokenError) as broken:
        stage.run(check("talks", seconds=5.0), check("boasts"), check("breaks"))
    assert "hunter2" not in stage.log.getvalue() + str(broken.value)
    # The traceback that Lambda prints shows causes as well.
    assert broken.value.__cause__ is None
    assert broken.value.__context__ is None


def test_an_event_can_limit_a_run_to_named_checks(stage: Stage) -> None:
    event = {"checks": ["is-sick"], "time": "2026-01-31T20:05:00Z"}
    assert stage.run(check("passes"), check("is_sick"), event=event) == {
        "checks": {"is-sick": "sick: it is off"}
    }
    assert stage.verdicts == {"is-sick": 0.0}


@pytest.mark.parametrize(
    "asked", [["database"], ["passes", "database"], [], "passes", None, [["passes"]]]
)
def test_an_event_that_asks_for_unknown_checks_is_refused(stage: Stage, asked: object) -> None:
    with pytest.raises(SettingsError, match=r"expected a list of some of \['passes'\]"):
        stage.run(check("passes"), event={"checks": asked})
    assert stage.emitted == {}


def test_a_run_without_any_check_is_refused(stage: Stage) -> None:
    with pytest.raises(SettingsError, match="checks"):
        stage.run()


def test_an_abandoned_check_does_not_hold_up_the_end_of_the_process() -> None:
    program = textwrap.dedent(
        """
        import threading
        from datetime import UTC, datetime
        from watchkeeper.checks.kind import Kind, KindDefinition
        from watchkeeper.checks.running_check import PreparedCheck, RunningCheck
        from watchkeeper.definitions.check import CheckDefinition

        kind = Kind(
            definition=KindDefinition(required=()),
            check=lambda target, context: threading.Event().wait(),
        )
        check = CheckDefinition(name="hangs", kind="hangs", description="x", deadline_seconds=0.1)
        prepared = PreparedCheck(definition=check, kind=kind, clients={})
        running = RunningCheck(prepared, now=datetime.now(UTC), max_seconds=60)
        print(running.report().verdict)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=HANG_GUARD_SECONDS,
        check=True,
    )
    assert done.stdout.strip() == "sick: no answer within 0.1 s"
