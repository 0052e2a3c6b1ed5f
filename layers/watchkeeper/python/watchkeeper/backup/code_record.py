"""What is kept of a function: its configuration without secrets, and where its package is."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from watchkeeper.backup.export import StoredObject, to_json
from watchkeeper.backup.kept_export import KeptExports
from watchkeeper.backup.record import moment_from_text, moment_to_text
from watchkeeper.definitions.errors import BackupError

FORMAT_VERSION = 1
LATEST_SNAPSHOT = "code/latest.json"
# What makes a function behave as it does; what only AWS can know (revisions, states) is left out.
KEPT_FIELDS = (
    *("FunctionName", "FunctionArn", "Runtime", "Role", "Handler", "CodeSize", "Description"),
    *("Timeout", "MemorySize", "LastModified", "CodeSha256", "Version", "VpcConfig"),
    *("DeadLetterConfig", "KMSKeyArn", "TracingConfig", "Layers", "FileSystemConfigs"),
    *("PackageType", "ImageConfigResponse", "Architectures", "EphemeralStorage", "SnapStart"),
    *("LoggingConfig",),
)
VALUE_HASH_DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class FunctionRecord:
    """Hold one function as it was; `package` is None for one that runs an image of its own."""

    name: str
    configuration: Mapping[str, Any]
    variables: Mapping[str, str]
    package: StoredObject | None
    image: str = ""


def kept_configuration(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of GetFunction's configuration that are kept."""
    return {name: configuration[name] for name in KEPT_FIELDS if configuration.get(name)}


def hashed_variables(configuration: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of environment variables with hashes of their values.

    A hash is bound to its function and name, so that equal values of two do not look equal.
    """
    environment = configuration.get("Environment", {})
    if "Error" in environment:
        code = environment["Error"].get("ErrorCode", "no code")
        raise BackupError(f"its environment variables cannot be read ({code})")
    function = configuration["FunctionName"]
    return {
        name: _hash(f"{function}\0{name}\0{value}")
        for name, value in sorted(environment.get("Variables", {}).items())
    }


def manifest_to_bytes(
    environment: str, completed_at: datetime, functions: list[FunctionRecord]
) -> bytes:
    """Serialise the manifest of a snapshot."""
    return to_json(
        {
            "format_version": FORMAT_VERSION,
            "environment": environment,
            "completed_at": moment_to_text(completed_at),
            "functions": [asdict(each) for each in functions],
        }
    )


def snapshot_pointer(completed_at: datetime, stored: StoredObject) -> bytes:
    """Serialise the pointer to the newest snapshot."""
    return to_json(
        {
            "completed_at": moment_to_text(completed_at),
            "manifest": stored.key,
            "manifest_version_id": stored.version_id,
            "sha256": stored.sha256,
        }
    )


def newest_snapshot(exports: KeptExports) -> datetime | None:
    """Tell when the newest snapshot was completed; None when there is none."""
    newest = exports.newest(f"{exports.environment}/{LATEST_SNAPSHOT}")
    if newest is None:
        return None
    try:
        return moment_from_text(json.loads(newest[0])["completed_at"])
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{LATEST_SNAPSHOT} is no pointer to a snapshot") from error


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:VALUE_HASH_DIGITS]
