"""Keep the deployed code of functions: their packages by content, and what surrounds them."""

import base64
import binascii
import time
from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

from watchkeeper.backup.bucket import JSON, VersionedBucket
from watchkeeper.backup.calls import CallExhaustedError, ask, out_of_time
from watchkeeper.backup.code_record import (
    LATEST_SNAPSHOT,
    FunctionRecord,
    hashed_variables,
    kept_configuration,
    manifest_to_bytes,
    snapshot_pointer,
)
from watchkeeper.backup.export import MOMENT, StoredObject
from watchkeeper.backup.package_store import PackageStore
from watchkeeper.definitions.errors import BackupError
from watchkeeper.runtime.download import DownloadError
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import CodeSnapshotSettings

SnapshotRun = Run[CodeSnapshotSettings]


def snapshot_code(run: SnapshotRun) -> Mapping[str, object]:
    """Keep every watched function; raise unless all are kept, each proven by reading it back.

    The manifest is written after the packages, the pointer after the manifest.
    """
    started = time.monotonic()
    settings = run.settings
    bucket = VersionedBucket(
        s3=run.aws("s3"), name=settings.snapshot_bucket, key_arn=settings.snapshot_key_arn
    )
    folder = f"{settings.environment}/code"
    store = PackageStore(
        bucket=bucket,
        folder=f"{folder}/packages",
        remaining=lambda: run.remaining_seconds,
    )
    keeper = CodeKeeper(run, store)
    functions = [keeper.keep(name) for name in settings.snapshot_functions]
    completed_at = run.now + timedelta(seconds=time.monotonic() - started)
    manifest = manifest_to_bytes(settings.environment, completed_at, functions)
    key = f"{folder}/{run.now.astimezone(UTC):{MOMENT}}/manifest.json"
    stored = bucket.put(key, manifest, JSON)
    bucket.read(stored)
    if run.remaining_seconds <= 0:
        raise out_of_time()
    bucket.put(
        f"{settings.environment}/{LATEST_SNAPSHOT}", snapshot_pointer(completed_at, stored), JSON
    )
    return {
        "functions": len(functions),
        "packages_stored": keeper.stored_count,
        "manifest": stored.key,
        "manifest_version_id": stored.version_id,
    }


class CodeKeeper:
    """Keep functions one after the other, and count the packages that had to be stored."""

    def __init__(self, run: SnapshotRun, store: PackageStore) -> None:
        self._run = run
        self._lambda = run.aws("lambda")
        self._store = store
        self.stored_count = 0

    def keep(self, name: str) -> FunctionRecord:
        """Keep one function; raise with its name when that fails."""
        try:
            return self._keep(name, ask(self._lambda.get_function, FunctionName=name))
        except (CallExhaustedError, DownloadError) as error:
            raise CallExhaustedError(f"{name}: {error}") from error
        except BackupError as error:
            raise BackupError(f"{name}: {error}") from error

    def _keep(self, name: str, answer: Mapping[str, Any]) -> FunctionRecord:
        configuration, code = answer["Configuration"], answer["Code"]
        package = None
        if configuration.get("PackageType", "Zip") == "Zip":
            package = self._package(configuration, code)
        return FunctionRecord(
            name=name,
            configuration=kept_configuration(configuration),
            variables=hashed_variables(configuration),
            package=package,
            image=code.get("ResolvedImageUri", ""),
        )

    def _package(self, configuration: Mapping[str, Any], code: Mapping[str, Any]) -> StoredObject:
        sha256 = to_hexadecimal(configuration["CodeSha256"])
        found = self._store.find(sha256, self._run.now)
        if found is not None:
            return found
        with self._run.fetch(code["Location"]) as stream:
            stored = self._store.keep(sha256, stream)
        self.stored_count += 1
        return stored


def to_hexadecimal(code_sha256: str) -> str:
    """Turn a hash as Lambda spells it, in base64, into hexadecimal."""
    try:
        digest = base64.b64decode(code_sha256, validate=True)
    except binascii.Error as error:
        raise BackupError(f"CodeSha256 is {code_sha256!r}, expected base64") from error
    if len(digest) != 32:
        raise BackupError(f"CodeSha256 is {code_sha256!r}, expected 32 bytes")
    return digest.hex()
