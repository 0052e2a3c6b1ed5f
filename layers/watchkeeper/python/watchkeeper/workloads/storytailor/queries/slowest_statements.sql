-- The ten slowest statements on watched tables, on average since they are counted. No text is
-- read out: it may hold what people wrote.
SELECT queryid::text AS statement,
       calls,
       mean_exec_time AS mean_milliseconds
  FROM pg_stat_statements
 WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND query ~* '^\s*(select|insert|update|delete|merge|with)\M'
   AND query ~ %(touching)s
 ORDER BY mean_exec_time DESC
 LIMIT 10
