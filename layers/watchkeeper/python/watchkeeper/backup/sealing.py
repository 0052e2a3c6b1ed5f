"""Seal secret values under the backup key, so that none is ever stored in clear.

Each part's ciphertext is bound to where it belongs by KMS's encryption context: environment,
parameter name, version, and its place among how many parts. A ciphertext that was moved, swapped,
dropped or added does not open.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from watchkeeper.backup.calls import Remaining, ask, out_of_time
from watchkeeper.backup.record import SECURE_TYPE, ParameterRecord, ParameterVersion, SealedValue
from watchkeeper.definitions.errors import BackupError

# KMS API reference, Encrypt: plaintext of up to 4,096 bytes under a symmetric key.
MAX_PART_BYTES = 4096


@dataclass(frozen=True, kw_only=True)
class Sealing:
    """Seal and open values of one environment under one KMS key."""

    kms: Any
    key_arn: str
    environment: str
    remaining: Remaining

    def seal(self, record: ParameterRecord) -> ParameterRecord:
        """Return the record with every SecureString value encrypted."""
        return replace(
            record,
            current=self._seal_version(record.name, record.current),
            labelled=tuple(self._seal_version(record.name, each) for each in record.labelled),
        )

    def open(self, record: ParameterRecord) -> ParameterRecord:
        """Return the record with every sealed value decrypted."""
        return replace(
            record,
            current=self._open_version(record.name, record.current),
            labelled=tuple(self._open_version(record.name, each) for each in record.labelled),
        )

    def _seal_version(self, name: str, version: ParameterVersion) -> ParameterVersion:
        if version.type != SECURE_TYPE or isinstance(version.value, SealedValue):
            return version
        clear = split(version.value.encode())
        parts = (
            self._ask(
                self.kms.encrypt,
                Plaintext=part,
                EncryptionContext=self.context(name, version.version, number, len(clear)),
            )["CiphertextBlob"]
            for number, part in enumerate(clear, start=1)
        )
        return replace(version, value=SealedValue(parts=tuple(parts)))

    def _open_version(self, name: str, version: ParameterVersion) -> ParameterVersion:
        if not isinstance(version.value, SealedValue):
            return version
        parts = version.value.parts
        clear = b"".join(
            self._ask(
                self.kms.decrypt,
                CiphertextBlob=part,
                EncryptionContext=self.context(name, version.version, number, len(parts)),
            )["Plaintext"]
            for number, part in enumerate(parts, start=1)
        )
        try:
            return replace(version, value=clear.decode())
        except UnicodeDecodeError as error:
            raise BackupError(f"{name} version {version.version} opens as no UTF-8") from error

    def context(self, name: str, version: int, part: int, parts: int) -> dict[str, str]:
        """Give the encryption context of one part (counted from 1) of a value."""
        return {
            "environment": self.environment,
            "name": name,
            "version": str(version),
            "part": f"{part}/{parts}",
        }

    def _ask(self, method: Any, **arguments: Any) -> Mapping[str, Any]:
        if self.remaining() <= 0:
            raise out_of_time()
        return ask(method, KeyId=self.key_arn, **arguments)


def split(clear: bytes) -> list[bytes]:
    """Cut a value into parts that KMS takes; refuse an empty one, which Parameter Store has not."""
    if not clear:
        raise BackupError("a SecureString is empty and cannot be sealed")
    return [clear[start : start + MAX_PART_BYTES] for start in range(0, len(clear), MAX_PART_BYTES)]
