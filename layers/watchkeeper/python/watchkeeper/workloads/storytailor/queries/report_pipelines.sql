-- What became of the runs created in a stretch of time, by type; the most frequent types first.
-- Reads the index on created_at, and of the table only that stretch.
SELECT
    coalesce(left(pipeline_type, 60), '(none)') AS type,
    count(*) AS runs,
    count(*) FILTER (WHERE vetoed) AS vetoed,
    count(*) FILTER (WHERE vetoed AND veto_reason = %(sla_missed)s) AS sla_missed,
    count(*) FILTER (WHERE lower(status) = 'failed') AS failed
FROM pipeline_executions
WHERE created_at >= %(since)s AND created_at < %(until)s
GROUP BY 1
ORDER BY runs DESC, type
LIMIT 200
