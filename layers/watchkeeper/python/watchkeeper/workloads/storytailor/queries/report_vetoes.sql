-- Why the runs created in a stretch of time were vetoed, by type and reason; the most frequent
-- pairs first.
-- Reads the index on created_at, and of the table only that stretch.
SELECT
    coalesce(left(pipeline_type, 60), '(none)') AS type,
    coalesce(left(veto_reason, 60), '(none)') AS reason,
    count(*) AS vetoes
FROM pipeline_executions
WHERE created_at >= %(since)s AND created_at < %(until)s AND vetoed
GROUP BY 1, 2
ORDER BY vetoes DESC, type, reason
LIMIT 200
