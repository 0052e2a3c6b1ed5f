-- Execution duration p50, p95 and p99 per pipeline type, last 24 hours.
SELECT
    pipeline_type,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS pipeline_seconds_p50,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS pipeline_seconds_p95,
    percentile_cont(0.99) WITHIN GROUP (ORDER BY seconds) AS pipeline_seconds_p99
FROM (
    SELECT pipeline_type, extract(EPOCH FROM completed_at - started_at) AS seconds
    FROM pipeline_executions
    WHERE created_at > now() - INTERVAL '24 hours' AND completed_at IS NOT NULL
) AS ended
GROUP BY pipeline_type
