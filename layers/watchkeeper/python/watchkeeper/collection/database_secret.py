"""Where a database is and how to log in to it, as one secret in Secrets Manager says."""

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import botocore
from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.definitions.errors import CollectionError

KEYS = ("host", "port", "dbname", "username", "password")
MAX_PORT = 65_535
# What no waiting mends: the secret is not there, or not ours to read.
LASTING_CODES = frozenset(
    {"AccessDeniedException", "ResourceNotFoundException", "InvalidRequestException"}
)


@dataclass(frozen=True, kw_only=True)
class DatabaseSecret:
    """Hold how to reach a database; nothing but its name ever shows.

    `ca` is the certificate authority (PEM) of a server whose certificate no public one signed.
    """

    name: str
    host: str = field(repr=False)
    port: int = field(repr=False)
    dbname: str = field(repr=False)
    username: str = field(repr=False)
    password: str = field(repr=False)
    ca: str = field(repr=False, default="")

    def redacted(self, text: str) -> str:
        """Return the text with every value of this secret taken out."""
        for key in ("password", "username", "host"):
            text = text.replace(getattr(self, key), f"<{key}>")
        return text

    @contextmanager
    def authority_file(self) -> Iterator[str]:
        """Give the file of the authorities to trust, for as long as a connection is being made."""
        if not self.ca:
            yield public_authorities()
            return
        with TemporaryDirectory(prefix="watchkeeper-") as directory:
            file = Path(directory) / "ca.pem"
            file.write_text(self.ca, encoding="utf-8")
            yield str(file)


def public_authorities() -> str:
    """Return the file of this machine's certificate authorities, or the one botocore brings along.

    libpq's own `sslrootcert=system` asks the OpenSSL inside psycopg's wheel, which looks in a
    folder that no system has.
    """
    return ssl.get_default_verify_paths().cafile or str(
        Path(botocore.__file__).with_name("cacert.pem")
    )


def read_database_secret(secrets_manager: Any, name: str) -> DatabaseSecret:
    """Read a secret: JSON with host, port, dbname, username, password and perhaps ca.

    Other keys, such as those of a rotation, are let be. No message quotes a value.
    """
    try:
        answer = secrets_manager.get_secret_value(SecretId=name)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise CollectionError(
            f"secret {name} could not be read: {code}", retryable=code not in LASTING_CODES
        ) from error
    except BotoCoreError as error:
        raise CollectionError(
            f"secret {name} could not be read: {error}", retryable=True
        ) from error
    return _parse(name, answer.get("SecretString", ""))


def _parse(name: str, text: str) -> DatabaseSecret:
    try:
        document = json.loads(text)
    except ValueError:
        # Without the cause: a JSON error carries the whole text it could not read.
        document = None
    if not isinstance(document, Mapping):
        raise CollectionError(
            f"secret {name}: expected a JSON object with {', '.join(KEYS)}", retryable=False
        )
    missing = [key for key in KEYS if not str(document.get(key) or "")]
    if missing:
        raise CollectionError(
            f"secret {name}: {', '.join(missing)} missing or empty, expected "
            f"{', '.join(KEYS)} and, for a private authority, ca",
            retryable=False,
        )
    return DatabaseSecret(
        name=name,
        host=str(document["host"]),
        port=_port(name, document["port"]),
        dbname=str(document["dbname"]),
        username=str(document["username"]),
        password=str(document["password"]),
        ca=str(document.get("ca") or ""),
    )


def _port(name: str, value: object) -> int:
    text = str(value)
    if not text.isdecimal() or not 0 < int(text) <= MAX_PORT:
        raise CollectionError(
            f"secret {name}: port is not a number, expected 1 to {MAX_PORT}", retryable=False
        )
    return int(text)
