-- When each of the given pipelines ran last; a pipeline that never ran has no row.
-- Needs an index on (pipeline_type, created_at), or it may read far back in the table.
SELECT
    wanted.type,
    last.created_at AS last_at
FROM unnest(%(types)s::text[]) AS wanted (type)
CROSS JOIN LATERAL (
    SELECT created_at
    FROM pipeline_executions
    WHERE pipeline_type = wanted.type AND created_at <= %(now)s
    ORDER BY created_at DESC
    LIMIT 1
) AS last
