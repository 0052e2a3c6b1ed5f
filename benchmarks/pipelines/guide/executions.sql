-- Executions and veto rate per pipeline type, last 24 hours.
SELECT
    pipeline_type,
    count(*) AS pipeline_executions,
    count(*) FILTER (WHERE vetoed) AS pipeline_vetoes,
    round(100.0 * count(*) FILTER (WHERE vetoed) / count(*), 1) AS pipeline_veto_percent
FROM pipeline_executions
WHERE created_at > now() - INTERVAL '24 hours'
GROUP BY pipeline_type
