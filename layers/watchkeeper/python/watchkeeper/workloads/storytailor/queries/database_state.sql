-- The database as a whole. What only pg_read_all_stats shows is NULL without it, never 0.
WITH allowed AS (
    SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_everybody
), clients AS (
    -- Without the right to see others' sessions their kind is hidden: each counts as a client.
    SELECT pid, xact_start
      FROM pg_stat_activity
     WHERE datname = current_database()
       AND coalesce(backend_type, 'client backend') = 'client backend'
)
SELECT (SELECT count(*) FROM clients) AS connections,
       CASE WHEN sees_everybody THEN (
           SELECT greatest(0, coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0))
             FROM clients
            WHERE pid <> pg_backend_pid()
       )::double precision END AS longest_transaction_seconds,
       deadlocks,
       coalesce((extract(epoch FROM stats_reset) * 1000000)::bigint, 0) AS statistics_reset,
       sees_everybody,
       current_setting('track_functions') <> 'none' AS counts_functions,
       current_setting('pg_stat_statements.max', true) IS NOT NULL
           AND to_regclass('pg_stat_statements') IS NOT NULL AS counts_statements
  FROM pg_stat_database
 CROSS JOIN allowed
 WHERE datname = current_database()
