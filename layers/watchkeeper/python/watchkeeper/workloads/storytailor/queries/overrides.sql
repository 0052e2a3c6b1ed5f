-- How often people overrode a pipeline's decision, minute by minute of occurred_at. The columns are
-- those of pipeline_executions.sql; reason is the override's type, or "other" when not listed.
--
-- Reads an index on occurred_at where there is one; the table grows by a few rows a day.
WITH
overrides AS MATERIALIZED (
    SELECT
        floor(date_part('epoch', occurred_at) / 60)::bigint AS bucket,
        CASE WHEN pipeline_type = ANY (%(types)s) THEN pipeline_type ELSE %(other)s END AS type,
        CASE WHEN override_type = ANY (%(reasons)s) THEN override_type ELSE %(other)s END AS reason,
        CASE
            WHEN (pipeline_type = ANY (%(types)s)) IS NOT TRUE
                THEN coalesce(left(pipeline_type, 60), 'NULL')
            WHEN (override_type = ANY (%(reasons)s)) IS NOT TRUE
                THEN coalesce(left(override_type, 60), 'NULL')
        END AS unlisted
    FROM human_overrides
    WHERE occurred_at >= %(since)s AND occurred_at < %(until)s
)
SELECT
    bucket, 'override' AS measure, type, reason, 0 AS after, 0 AS hundredths, count(*) AS rows,
    NULL AS example
FROM overrides
GROUP BY bucket, type, reason
UNION ALL
SELECT bucket, 'folded', '', '', 0, 0, count(*), min(unlisted)
FROM overrides WHERE unlisted IS NOT NULL
GROUP BY bucket
