-- How often people overrode a pipeline in a stretch of time, by pipeline type and kind of override;
-- the most frequent pairs first.
SELECT
    coalesce(left(pipeline_type, 60), '(none)') AS type,
    coalesce(left(override_type, 60), '(none)') AS kind,
    count(*) AS overrides
FROM human_overrides
WHERE occurred_at >= %(since)s AND occurred_at < %(until)s
GROUP BY 1, 2
ORDER BY overrides DESC, type, kind
LIMIT 200
