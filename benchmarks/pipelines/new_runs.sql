-- Runs as they come in: all have ended, but for the newest `running`.
INSERT INTO pipeline_executions (
    id, user_id, pipeline_type, pipeline_name, status, trigger_data, started_at, created_at,
    vetoed, veto_reason, confidence_score, signal_count, completed_at
)
SELECT
    id, user_id, pipeline_type, pipeline_name, status, trigger_data, started_at, created_at,
    vetoed, veto_reason, confidence_score, signal_count, completed_at
FROM simulated_runs(%(first)s, %(last)s - %(running)s, %(origin)s, %(seconds_apart)s)
UNION ALL
SELECT
    id, user_id, pipeline_type, pipeline_name, 'running', trigger_data, started_at, created_at,
    false, NULL, NULL, NULL, NULL
FROM simulated_runs(%(last)s - %(running)s + 1, %(last)s, %(origin)s, %(seconds_apart)s)
