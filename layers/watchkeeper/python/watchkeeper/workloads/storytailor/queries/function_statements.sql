-- The same where functions are not counted: the statements that call them, time of the rest of
-- each statement included.
SELECT function,
       sum(calls)::bigint AS calls,
       round(sum(total_exec_time) * 1000)::bigint AS microseconds,
       coalesce(
           (SELECT (extract(epoch FROM stats_reset) * 1000000)::bigint
              FROM pg_stat_statements_info), 0
       ) AS statistics_reset
  FROM unnest(%(functions)s::text[]) AS function
  JOIN pg_stat_statements ON query ~ ('\m' || function || '"?\s*\(')
 WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND query ~* '^\s*(select|insert|update|delete|merge|with)\M'
   AND toplevel
 GROUP BY function
