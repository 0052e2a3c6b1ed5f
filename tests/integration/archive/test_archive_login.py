"""The login that may delete: these two tables, and nothing else."""

import psycopg
import pytest

from rehearsal.local.database import Database

RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


def test_it_may_read_and_delete_what_is_archived_and_nothing_else(database: Database) -> None:
    with database.archiver.connect() as connection:
        allowed = {
            (str(table), right)
            for (table,) in connection.execute(TABLES).fetchall()
            for right in RIGHTS
            if connection.execute(
                "SELECT has_table_privilege(current_user, %s::text, %s)", (table, right)
            ).fetchone()
            == (True,)
        }
    archived = ("pipeline_executions", "email_delivery_log")
    assert allowed == {(table, right) for table in archived for right in ("SELECT", "DELETE")}


def test_the_watching_login_still_deletes_nothing(database: Database) -> None:
    with database.reader.connect() as connection:
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM pipeline_executions")
