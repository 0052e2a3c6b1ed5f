"""Check a PostgreSQL database: it takes a connection, and it answers a query."""

import time
from collections.abc import Mapping

import psycopg

from watchkeeper.checks.kind import CheckContext, CheckResult, KindDefinition, passed, sick
from watchkeeper.collection.database import Database
from watchkeeper.collection.database_secret import read_database_secret
from watchkeeper.definitions.errors import CheckBrokenError, CollectionError
from watchkeeper.definitions.query import QueryDefinition

# `secret` says how to log in; `file` in `package` is the query, with one column named `answered`.
KIND = KindDefinition(
    required=("secret", "package", "file"),
    services=("secretsmanager",),
    phases=("connect", "query"),
)
COLUMNS = ("answered",)
APPLICATION_NAME = "watchkeeper-health_check"
# SQLSTATE: the login is refused, or lacks a right. libpq gives no SQLSTATE for a refused login,
# only the server's words.
OUR_LOGIN_CODES = ("28", "42501")
OUR_LOGIN_WORDS = ("authentication failed", "no pg_hba.conf entry", "permission denied")


def check(target: Mapping[str, str], context: CheckContext) -> CheckResult:
    """Log in and run the query, timed apart; no row is an answer too."""
    query = QueryDefinition(
        package=target["package"],
        file=target["file"],
        columns=COLUMNS,
        description="Shows that the database answers.",
    )
    secret = read_database_secret(context.clients["secretsmanager"], target["secret"])
    deadline = time.monotonic() + context.timeout_seconds
    try:
        with Database(secret, deadline=deadline, application_name=APPLICATION_NAME) as database:
            with context.stopwatch.phase("connect"):
                database.connect()
            with context.stopwatch.phase("query"), database.snapshot() as snapshot:
                list(snapshot.rows(query, {}))
    except CollectionError as error:
        if _is_about_us(error):
            raise CheckBrokenError(str(error)) from error
        return sick(str(error), retryable=error.retryable)
    return passed()


def _is_about_us(error: CollectionError) -> bool:
    cause = error.__cause__
    if cause is None:
        # Nothing failed: our own query gave other columns than it should.
        return True
    code = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    if code is not None:
        return code.startswith(OUR_LOGIN_CODES)
    return any(words in str(cause) for words in OUR_LOGIN_WORDS)
