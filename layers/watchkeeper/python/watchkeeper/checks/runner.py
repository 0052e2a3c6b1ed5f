"""Run all checks of an environment side by side and report every one, whatever happens.

The order matters: everything that is ours to prepare (imports, clients) comes before the first
clock starts, the datapoints come before anything is raised.
"""

from collections.abc import Iterable, Mapping

from watchkeeper.checks.kind import find_kind
from watchkeeper.checks.redaction import redact
from watchkeeper.checks.report import CheckReport, HealthMetrics, Status
from watchkeeper.checks.running_check import PreparedCheck, RunningCheck, try_seconds
from watchkeeper.definitions.check import CheckDefinition
from watchkeeper.definitions.errors import CheckBrokenError, SettingsError
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import HealthCheckSettings


def run_checks(run: Run[HealthCheckSettings], *, metrics: HealthMetrics) -> dict[str, object]:
    """Run every check, emit what was found, and only then raise if a checker is broken.

    An event with a list `checks` limits the run to those names, for somebody who asks by hand.
    """
    checks = _asked_for(run.settings.checks, run.event)
    reports = _run_all(checks, run)
    environment = run.settings.environment
    run.emit(
        point for report in reports for point in report.datapoints(metrics, environment, run.now)
    )
    _write_log(reports, run)
    _raise_if_broken(reports)
    return {"checks": {report.check.name: report.verdict for report in reports}}


def _asked_for(
    checks: tuple[CheckDefinition, ...], event: Mapping[str, object]
) -> tuple[CheckDefinition, ...]:
    known = [check.name for check in checks]
    asked = event.get("checks", known)
    if not isinstance(asked, list) or not asked or any(name not in known for name in asked):
        raise SettingsError(f"event asks for checks {asked!r}, expected a list of some of {known}")
    return tuple(check for check in checks if check.name in asked)


def _run_all(
    checks: tuple[CheckDefinition, ...], run: Run[HealthCheckSettings]
) -> list[CheckReport]:
    prepared = [_prepare(check, run) for check in checks]
    max_seconds = run.remaining_seconds
    running = [
        RunningCheck(item, now=run.now, max_seconds=max_seconds)
        for item in prepared
        if isinstance(item, PreparedCheck)
    ]
    reports = {item.check.name: item for item in prepared if isinstance(item, CheckReport)}
    # The earliest deadline first, so that waiting for one check never overruns another's.
    for item in sorted(running, key=lambda item: item.deadline):
        reports[item.check.name] = item.report()
    return [reports[check.name] for check in checks]


def _prepare(check: CheckDefinition, run: Run[HealthCheckSettings]) -> PreparedCheck | CheckReport:
    """Find the kind and make its clients, here because making them is not safe in threads."""
    try:
        kind = find_kind(check.kind)
        kind.definition.refuse_misfit(check)
        # One try is one request: a retry inside the client would hide the first error.
        clients = {
            service: run.aws(service, read_timeout_seconds=try_seconds(check), max_attempts=1)
            for service in kind.definition.services
        }
    except Exception as error:  # noqa: BLE001  a check that cannot start must not stop the others
        reason = redact(f"{type(error).__name__}: {error}")
        return CheckReport(check=check, status=Status.BROKEN, reason=reason)
    return PreparedCheck(definition=check, kind=kind, clients=clients)


def _write_log(reports: Iterable[CheckReport], run: Run[HealthCheckSettings]) -> None:
    write = {
        Status.PASSED: run.log.info,
        Status.SICK: run.log.warning,
        Status.BROKEN: run.log.error,
    }
    for report in reports:
        write[report.status]("check finished", extra=report.log_fields)


def _raise_if_broken(reports: list[CheckReport]) -> None:
    broken = [report for report in reports if report.status is Status.BROKEN]
    if broken:
        which = "; ".join(f"{report.check.name}: {report.reason}" for report in broken)
        raise CheckBrokenError(f"{len(broken)} of {len(reports)} checks are broken: {which}")
