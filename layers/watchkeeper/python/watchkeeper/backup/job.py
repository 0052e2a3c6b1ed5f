"""Back up every parameter of an environment, once: read, seal, write, verify, only then point."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from watchkeeper.backup.bucket import GZIP, JSON, VersionedBucket
from watchkeeper.backup.calls import (
    MAX_ATTEMPTS,
    CallExhaustedError,
    Rates,
    Remaining,
    keep_bodies_out_of_logs,
    out_of_time,
    refuse_problems,
    run_each,
)
from watchkeeper.backup.export import (
    ExportKeys,
    Manifest,
    StoredObject,
    compress,
    counted,
    pointer_to_bytes,
)
from watchkeeper.backup.parameter_store import ParameterStore
from watchkeeper.backup.reading import read_parameters
from watchkeeper.backup.record import ParameterRecord
from watchkeeper.backup.sealing import Sealing
from watchkeeper.backup.verification import verify
from watchkeeper.definitions.errors import BackupError
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import SsmBackupSettings

BackupRun = Run[SsmBackupSettings]


def back_up_parameters(run: BackupRun, rates: Rates | None = None) -> Mapping[str, object]:
    """Export everything below the path of the settings; raise unless all of it is proven.

    1. Read everything, and prove that nothing is missing.
    2. Seal the secrets, write the export, read it back, open it and compare.
    3. Write the manifest, then the pointer: what points to an export says that it was verified.
    """
    keep_bodies_out_of_logs()
    started = time.monotonic()
    store, sealing, bucket = _connect(run, rates or Rates())
    keys = ExportKeys(environment=run.settings.environment, scheduled_at=run.now)
    path = export_path(run.settings.parameter_path)

    originals = read_parameters(store, path, rates or Rates(), _remaining(run))
    sealed = _sealed(originals, sealing, _remaining(run))
    export = bucket.put(keys.parameters, compress(sealed), GZIP)
    verify(bucket.read(export), originals, sealing, _remaining(run))

    completed_at = run.now + timedelta(seconds=time.monotonic() - started)
    manifest = _manifest(run, path, originals, export, completed_at)
    stored = bucket.put(keys.manifest, manifest.to_bytes(), JSON)
    bucket.read(stored)
    if run.remaining_seconds <= 0:
        raise out_of_time()
    bucket.put(keys.latest, pointer_to_bytes(manifest, stored), JSON)
    return {
        "parameters": manifest.count,
        "by_type": dict(manifest.by_type),
        "export": export.key,
        "export_version_id": export.version_id,
        "export_bytes": export.size_bytes,
    }


def export_path(path: str) -> str:
    """Return the path without a closing slash; refuse the root, which is everybody's."""
    trimmed = path.rstrip("/")
    if not trimmed.startswith("/"):
        raise BackupError(f"path is {path!r}, expected one such as /storytailor-production")
    return trimmed


def _connect(run: BackupRun, rates: Rates) -> tuple[ParameterStore, Sealing, VersionedBucket]:
    remaining = _remaining(run)
    ssm = run.aws("ssm", retry_mode="adaptive", max_attempts=MAX_ATTEMPTS)
    kms = run.aws("kms", retry_mode="adaptive", max_attempts=MAX_ATTEMPTS)
    settings = run.settings
    return (
        ParameterStore(ssm, rates, remaining),
        Sealing(
            kms=kms,
            key_arn=settings.key_arn,
            environment=settings.environment,
            remaining=remaining,
        ),
        VersionedBucket(s3=run.aws("s3"), name=settings.bucket, key_arn=settings.key_arn),
    )


def _remaining(run: BackupRun) -> Remaining:
    return lambda: run.remaining_seconds


def _sealed(
    originals: Sequence[ParameterRecord], sealing: Sealing, remaining: Remaining
) -> list[ParameterRecord]:
    outcomes = run_each(lambda each: _seal(each, sealing), originals, remaining)
    errors = {
        original.name: str(outcome)
        for original, outcome in zip(originals, outcomes, strict=True)
        if isinstance(outcome, BackupError)
    }
    refuse_problems(errors, "sealed")
    return [each for each in outcomes if isinstance(each, ParameterRecord)]


def _seal(record: ParameterRecord, sealing: Sealing) -> ParameterRecord | BackupError:
    try:
        return sealing.seal(record)
    except CallExhaustedError as error:
        raise CallExhaustedError(f"{record.name}: {error}") from error
    except BackupError as error:
        return error


def _manifest(
    run: BackupRun,
    path: str,
    records: Sequence[ParameterRecord],
    export: StoredObject,
    completed_at: datetime,
) -> Manifest:
    return Manifest(
        environment=run.settings.environment,
        path=path,
        key_arn=run.settings.key_arn,
        started_at=run.now,
        completed_at=completed_at,
        by_type=counted(records, "type"),
        by_tier=counted(records, "tier"),
        versions={each.name: each.current.version for each in records},
        export=export,
    )
