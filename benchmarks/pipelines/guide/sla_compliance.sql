-- SLA compliance of the time-critical pipeline types, last 24 hours.
SELECT
    pipeline_type,
    sum(CASE WHEN veto_reason = 'SLA_MISSED' THEN 1 ELSE 0 END) AS sla_violations,
    round(
        100.0 * sum(CASE WHEN veto_reason = 'SLA_MISSED' THEN 1 ELSE 0 END) / count(*), 2
    ) AS sla_violation_percent
FROM pipeline_executions
WHERE created_at > now() - INTERVAL '24 hours'
    AND pipeline_type IN ('crisis_alert', 'early_intervention', 'story_failure', 'asset_timeout')
GROUP BY pipeline_type
