"""Compare an account with the export that was approved: what was added, removed or changed since.

Values are compared, never shown. Secrets are not even opened: a secret is known by its version and
the time it was written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import islice

from watchkeeper.backup.bucket import VersionedBucket
from watchkeeper.backup.calls import MAX_ATTEMPTS, MAX_NAMED, Rates
from watchkeeper.backup.code_record import newest_snapshot
from watchkeeper.backup.difference import Difference, Fingerprints, compare, value_or_version
from watchkeeper.backup.export import LATEST
from watchkeeper.backup.kept_export import APPROVED, FoundManifest, KeptExports
from watchkeeper.backup.parameter_store import ParameterStore
from watchkeeper.backup.reading import read_parameters
from watchkeeper.backup.rule_drift import compare_rules
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.errors import BackupError
from watchkeeper.definitions.metric import MetricDefinition
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import ConfigDriftSettings

DriftRun = Run[ConfigDriftSettings]
# Each is a line of the log; what there is beyond is counted.
MAX_LINES = 200
# Snapshots are made weekly.
MAX_SNAPSHOT_AGE = timedelta(days=8)


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Be one thing that is not as it was approved."""

    kind: str
    subject: str
    what: str
    kept: str = ""
    live: str = ""


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Hold the export that the account is compared with, and whether somebody approved it."""

    found: FoundManifest
    is_approved: bool


class DriftFinder:
    """Find everything that drifted in one environment."""

    def __init__(self, run: DriftRun, rates: Rates | None = None) -> None:
        self._run = run
        self._rates = rates or Rates()
        bucket = VersionedBucket(s3=run.aws("s3"), name=run.settings.export_bucket)
        self._exports = KeptExports(bucket=bucket, environment=run.settings.environment)

    def baseline(self) -> Baseline:
        """Find what to compare with: the approved export, or the newest until one is approved."""
        approved = self._exports.pointed_to(APPROVED)
        found = approved or self._exports.pointed_to(LATEST)
        if found is None:
            raise BackupError(
                f"there is no verified export of {self._run.settings.environment} to compare with: "
                "start ssm_backup"
            )
        if found.manifest.path != self._run.settings.compared_path:
            raise BackupError(
                f"{found.stored.key} is of {found.manifest.path}, expected "
                f"{self._run.settings.compared_path}"
            )
        return Baseline(found=found, is_approved=approved is not None)

    def find(self, baseline: Baseline) -> Iterator[Drift]:
        """Yield what drifted: parameters, then rules, then the kept copy of the code."""
        for each in self._parameters(baseline.found):
            what = f"{each.kind}: {', '.join(each.fields)}" if each.fields else each.kind
            yield Drift(
                kind="parameter", subject=each.name, what=what, kept=each.kept, live=each.live
            )
        settings = self._run.settings
        rules = compare_rules(
            self._run.aws("events"),
            settings.rule_schedules,
            settings.rule_target,
            lambda: self._run.remaining_seconds,
        )
        for rule in rules:
            yield Drift(kind="rule", subject=rule.name, what="; ".join(rule.problems))
        yield from self._code()

    def _parameters(self, found: FoundManifest) -> Iterator[Difference]:
        run = self._run
        kept = self._exports.records(found)
        ssm = run.aws("ssm", retry_mode="adaptive", max_attempts=MAX_ATTEMPTS)
        store = ParameterStore(ssm, self._rates, lambda: run.remaining_seconds, opens_secrets=False)
        live = read_parameters(
            store, found.manifest.path, self._rates, lambda: run.remaining_seconds
        )
        # While one export stands, a value has one fingerprint; who may not read the bucket does
        # not know the key.
        fingerprints = Fingerprints(found.stored.sha256.encode())
        return compare(kept, live, value_or_version, fingerprints)

    def _code(self) -> Iterator[Drift]:
        completed_at = newest_snapshot(self._exports)
        if completed_at is None:
            yield Drift(kind="code snapshot", subject="code", what="there is none")
        elif self._run.now - completed_at > MAX_SNAPSHOT_AGE:
            days = (self._run.now - completed_at).days
            yield Drift(kind="code snapshot", subject="code", what=f"{days} days old")


def compare_configuration(
    run: DriftRun, metric: MetricDefinition, rates: Rates | None = None
) -> Mapping[str, object]:
    """Compare once; emit how much drifted, and write a line of the log for each thing."""
    finder = DriftFinder(run, rates)
    baseline = finder.baseline()
    drifted = list(finder.find(baseline))
    for each in islice(drifted, MAX_LINES):
        run.log.warning("configuration drifted", extra=asdict(each))
    series = metric.series(Environment=run.settings.environment)
    run.emit([Datapoint(series=series, values=(float(len(drifted)),), timestamp=run.now)])
    return {
        "drifted": len(drifted),
        "subjects": [each.subject for each in islice(drifted, MAX_NAMED)],
        "export": baseline.found.manifest.export.key,
        "approved": baseline.is_approved,
        "parameters": baseline.found.manifest.count,
    }
