"""Where a database is and who may log in to it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from rehearsal.local.errors import LocalStageError


@dataclass(frozen=True, kw_only=True)
class Login:
    """Say how one user reaches one database; with `ca` only over verified TLS."""

    host: str
    port: int
    name: str
    user: str
    password: str
    ca: Path | None = None

    def __post_init__(self) -> None:
        """Refuse a port that no server can listen on."""
        if not 0 < self.port < 65536:
            raise LocalStageError(f"login port is {self.port}, expected 1 to 65535")

    @property
    def dsn(self) -> str:
        """Return the connection string."""
        tls = {"sslmode": "disable"}
        if self.ca is not None:
            tls = {"sslmode": "verify-full", "sslrootcert": str(self.ca)}
        return make_conninfo(
            host=self.host,
            port=self.port,
            dbname=self.name,
            user=self.user,
            password=self.password,
            connect_timeout=5,
            **tls,
        )

    def through(self, *, host: str, port: int, ca: Path) -> "Login":
        """Return the same login by way of a TLS front."""
        return replace(self, host=host, port=port, ca=ca)

    def to_secret(self) -> dict[str, Any]:
        """Write it as functions read it from a secret."""
        return {
            "host": self.host,
            "port": self.port,
            "dbname": self.name,
            "username": self.user,
            "password": self.password,
            **({"ca": self.ca.read_text()} if self.ca else {}),
        }

    def connect(self, *, autocommit: bool = True) -> "psycopg.Connection[tuple[object, ...]]":
        """Open a connection; closing it is the caller's task."""
        return psycopg.connect(self.dsn, autocommit=autocommit)


@dataclass(frozen=True, kw_only=True)
class Database:
    """Hold the logins of one database: who writes, who watches, who archives, who sets up."""

    owner: Login
    reader: Login
    archiver: Login
    superuser: Login
