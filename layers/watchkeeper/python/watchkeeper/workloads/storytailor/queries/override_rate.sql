-- How often people overrode some pipelines in a stretch of time, and how often these ran in it.
-- Needs an index on (pipeline_type, created_at), or it reads every run of the stretch.
SELECT
    (
        SELECT count(*)
        FROM human_overrides
        WHERE pipeline_type = ANY (%(types)s)
            AND occurred_at >= %(since)s AND occurred_at < %(until)s
    ) AS overrides,
    (
        SELECT count(*)
        FROM pipeline_executions
        WHERE pipeline_type = ANY (%(types)s)
            AND created_at >= %(since)s AND created_at < %(until)s
    ) AS runs
