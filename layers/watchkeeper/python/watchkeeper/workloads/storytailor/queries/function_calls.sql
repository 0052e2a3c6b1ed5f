-- How often each function was called, and for how long, since its statistics began.
SELECT funcname::text AS function,
       sum(calls)::bigint AS calls,
       round(sum(total_time) * 1000)::bigint AS microseconds,
       coalesce(
           (SELECT (extract(epoch FROM stats_reset) * 1000000)::bigint
              FROM pg_stat_database WHERE datname = current_database()), 0
       ) AS statistics_reset
  FROM pg_stat_user_functions
 WHERE funcname = ANY(%(functions)s)
 GROUP BY funcname
