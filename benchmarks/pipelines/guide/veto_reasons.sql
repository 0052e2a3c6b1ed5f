-- How the reasons of vetoes are distributed, last 24 hours.
SELECT pipeline_type, veto_reason, count(*) AS pipeline_vetoes_by_reason
FROM pipeline_executions
WHERE created_at > now() - INTERVAL '24 hours' AND vetoed
GROUP BY pipeline_type, veto_reason
