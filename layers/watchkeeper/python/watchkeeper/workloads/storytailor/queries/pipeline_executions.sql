-- What the runs created in a stretch of whole minutes amount to, minute by minute.
--
--   bucket      the minute of created_at, in minutes since 1970
--   measure     execution, veto, sla_missed, failure: counted
--               duration, delay: one sample a run
--               folded: a label is not listed; unreadable: a value makes no sense
--   type        pipeline_type, or "other" when it is not listed
--   reason      of a veto: veto_reason, or "other" when it is not listed
--   after       minutes from the bucket to the minute the datapoint belongs to
--   hundredths  of a sample: milliseconds (duration) or seconds (delay) times 100, rounded to
--               one percent, so that a minute holds a few hundred different samples however busy it is
--   rows        how many runs
--   example     a label or value as it stands in the table, for the log
--
-- Reads the index on created_at, and of the table only that stretch.
WITH
runs AS MATERIALIZED (
    SELECT
        floor(date_part('epoch', created_at) / 60)::bigint AS bucket,
        -- A run that ended long after its row was created would stamp a minute too far from it.
        CASE
            WHEN completed_at BETWEEN created_at AND created_at + interval '2 hours'
                THEN floor(date_part('epoch', completed_at) / 60)
                    - floor(date_part('epoch', created_at) / 60)
            ELSE 0
        END::integer AS ended_after,
        CASE WHEN pipeline_type = ANY (%(types)s) THEN pipeline_type ELSE %(other)s END AS type,
        CASE WHEN veto_reason = ANY (%(reasons)s) THEN veto_reason ELSE %(other)s END AS reason,
        vetoed IS TRUE AS is_vetoed,
        vetoed IS TRUE AND veto_reason = %(sla_missed)s AS has_missed_sla,
        lower(status) = 'failed' AS has_failed,
        CASE
            WHEN (pipeline_type = ANY (%(types)s)) IS NOT TRUE
                THEN coalesce(left(pipeline_type, 60), 'NULL')
            WHEN vetoed AND (veto_reason = ANY (%(reasons)s)) IS NOT TRUE
                THEN coalesce(left(veto_reason, 60), 'NULL')
        END AS unlisted,
        CASE
            WHEN isfinite(started_at) AND isfinite(completed_at)
                THEN 1000 * date_part('epoch', completed_at - started_at)
        END AS duration,
        left(trigger_data ->> 'event_timestamp', 60) AS event_text,
        -- jsonpath is the one way to read a time that may be nonsense without failing the query.
        -- It wants an offset in place of Z; the shape is checked because it also takes mere dates.
        CASE
            WHEN isfinite(started_at)
                AND left(trigger_data ->> 'event_timestamp', 19) LIKE '____-__-_____:__:__'
                THEN date_part('epoch', started_at - (
                    jsonb_path_query_first_tz(
                        to_jsonb(rtrim(trigger_data ->> 'event_timestamp', 'Z')),
                        '$.datetime()',
                        silent => true
                    ) #>> '{}'
                )::timestamptz)
        END AS delay,
        started_at IS NOT NULL AS has_started
    FROM pipeline_executions
    WHERE created_at >= %(since)s AND created_at < %(until)s
),
samples AS (
    SELECT 'duration' AS measure, bucket, type, ended_after AS after, duration AS value
    FROM runs WHERE duration >= 0
    UNION ALL
    SELECT 'delay', bucket, type, 0, delay
    FROM runs WHERE has_started AND delay >= 0
),
scaled AS (
    SELECT *, 10.0::double precision ^ floor(log(greatest(value, 1))) AS magnitude
    FROM samples
),
rounded AS (
    -- In steps of 2, 5 or 10 of the third digit; below 1 in steps of 0.02.
    SELECT *, magnitude * CASE
        WHEN value < 2.5 * magnitude THEN 2
        WHEN value < 5 * magnitude THEN 5
        ELSE 10
    END AS step
    FROM scaled
)
SELECT
    bucket, measure, type, '' AS reason, after,
    (round(100 * value / step) * step)::bigint AS hundredths,
    count(*) AS rows, NULL AS example
FROM rounded
GROUP BY bucket, measure, type, after, hundredths
UNION ALL
SELECT bucket, 'execution', type, '', 0, 0, count(*), NULL
FROM runs
GROUP BY bucket, type
UNION ALL
SELECT bucket, 'veto', type, reason, ended_after, 0, count(*), NULL
FROM runs WHERE is_vetoed
GROUP BY bucket, type, reason, ended_after
UNION ALL
SELECT bucket, 'sla_missed', type, '', ended_after, 0, count(*), NULL
FROM runs WHERE has_missed_sla
GROUP BY bucket, type, ended_after
UNION ALL
SELECT bucket, 'failure', type, '', ended_after, 0, count(*), NULL
FROM runs WHERE has_failed
GROUP BY bucket, type, ended_after
UNION ALL
SELECT bucket, 'folded', '', '', 0, 0, count(*), min(unlisted)
FROM runs WHERE unlisted IS NOT NULL
GROUP BY bucket
UNION ALL
SELECT bucket, 'unreadable', '', '', 0, 0, count(*), min(example)
FROM (
    SELECT bucket, 'event_timestamp ' || event_text AS example
    FROM runs WHERE has_started AND event_text IS NOT NULL AND (delay >= 0) IS NOT TRUE
    UNION ALL
    SELECT bucket, 'completed_at before started_at'
    FROM runs WHERE duration < 0
) AS unreadable
GROUP BY bucket
