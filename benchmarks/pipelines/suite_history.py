"""All watched tables, as full as the one of pipeline runs, and what comes in afterwards."""

from pathlib import Path

from benchmarks.pipelines.costs import CostObserver, Reads
from benchmarks.pipelines.history import History

HERE = Path(__file__).parent
# The catalogue's traffic times ten, e-mails a day, as the five minutes between two runs have them.
EMAILS_A_DAY = 200_000
SORTED_LAST = {
    "email_delivery_log": "email_delivery_log_sent_at",
    "referral_tracking": "referral_tracking_created_at",
    "reward_ledger": "reward_ledger_created_at",
}
READS_OF_ALL = """
SELECT
    (SELECT sum(seq_tup_read) FROM pg_stat_user_tables)
        + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes),
    (SELECT sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read, 0)
                + coalesce(idx_blks_hit, 0))
     FROM pg_statio_user_tables)
"""


class SuiteHistory(History):
    """Own the rows of all tables: as many e-mails as pipeline runs, and some of the rest."""

    def fill(self) -> None:
        """Write the whole history; indexes come last."""
        connection = self._connection
        with connection.transaction():
            for table, index in SORTED_LAST.items():
                connection.execute(
                    f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey; "
                    f"DROP INDEX {index}; TRUNCATE {table}".encode()
                )
            self._write_other_tables(0, self.table.row_count - 1)
        for table in SORTED_LAST:
            connection.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (id)".encode())
        super().fill()
        connection.execute("VACUUM ANALYZE")

    def advance(self) -> int:
        """Let five minutes pass in all tables."""
        first = self._count
        new_rows = super().advance()
        self._write_other_tables(first, first + new_rows - 1)
        return new_rows

    def _write_other_tables(self, first: int, last: int) -> None:
        query = (HERE / "other_tables.sql").read_bytes()
        self._connection.execute(
            query,
            {
                "first": first,
                "last": last,
                "origin": self._origin,
                "seconds_apart": self.table.seconds_apart,
            },
        )


class SuiteObserver(CostObserver):
    """Read the counters of all tables of one database."""

    def reads(self) -> Reads:
        """Return what has been read by everybody whose connection is closed, or was idle long."""
        self._connection.execute("SELECT pg_stat_force_next_flush()")
        rows, blocks = self._numbers(READS_OF_ALL)
        return Reads(rows=int(rows), blocks=int(blocks))
