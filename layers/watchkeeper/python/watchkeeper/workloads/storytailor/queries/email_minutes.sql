-- How long the e-mails of a stretch of whole minutes took, and what became of those sent a day
-- before it. The columns are those of pipeline_executions.sql; reason is always ''.
--
--   measure  queued, delivered: seconds from queued_at to sent_at, from there to delivered_at
--            day_old, opened: e-mails sent 24 hours before the bucket, and how many were opened
--            unreadable: an e-mail that was sent before it was queued, or delivered before it was sent
--
-- The table may lack queued_at and delivered_at: see unsubscribed.sql. Reads the index on sent_at,
-- and of the table only those two stretches.
WITH
mails AS MATERIALIZED (
    SELECT
        floor(date_part('epoch', log.sent_at) / 60)::bigint AS bucket,
        CASE WHEN isfinite(log.queued_at)
            THEN date_part('epoch', log.sent_at - log.queued_at) END AS queued,
        CASE WHEN isfinite(log.delivered_at)
            THEN date_part('epoch', log.delivered_at - log.sent_at) END AS delivered,
        -- A delivery long after the e-mail was sent would stamp a minute too far from it.
        CASE
            WHEN log.delivered_at BETWEEN log.sent_at AND log.sent_at + interval '2 hours'
                THEN floor(date_part('epoch', log.delivered_at) / 60)
                    - floor(date_part('epoch', log.sent_at) / 60)
            ELSE 0
        END::integer AS delivered_after
    FROM (SELECT NULL::timestamptz AS queued_at, NULL::timestamptz AS delivered_at) AS absent
    CROSS JOIN LATERAL (
        SELECT sent_at, queued_at, delivered_at
        FROM email_delivery_log
        WHERE sent_at >= %(since)s AND sent_at < %(until)s
    ) AS log
),
samples AS (
    SELECT 'queued' AS measure, bucket, 0 AS after, queued AS value
    FROM mails WHERE queued >= 0
    UNION ALL
    SELECT 'delivered', bucket, delivered_after, delivered
    FROM mails WHERE delivered >= 0
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
),
day_old AS (
    SELECT
        floor(date_part('epoch', sent_at) / 60)::bigint + 1440 AS bucket,
        CASE WHEN email_type = ANY (%(types)s) THEN email_type ELSE %(other)s END AS type,
        status IN ('opened', 'clicked', 'unsubscribed') AS is_opened
    FROM email_delivery_log
    WHERE sent_at >= %(since)s - interval '1 day' AND sent_at < %(until)s - interval '1 day'
)
SELECT
    bucket, measure, '' AS type, '' AS reason, after,
    (round(100 * value / step) * step)::bigint AS hundredths,
    count(*) AS rows, NULL AS example
FROM rounded
GROUP BY bucket, measure, after, hundredths
UNION ALL
SELECT bucket, 'day_old', type, '', 0, 0, count(*), NULL
FROM day_old
GROUP BY bucket, type
UNION ALL
SELECT bucket, 'opened', type, '', 0, 0, count(*), NULL
FROM day_old WHERE is_opened
GROUP BY bucket, type
UNION ALL
SELECT bucket, 'unreadable', '', '', 0, 0, count(*), min(example)
FROM (
    SELECT bucket, 'sent_at before queued_at' AS example FROM mails WHERE queued < 0
    UNION ALL
    SELECT bucket, 'delivered_at before sent_at' FROM mails WHERE delivered < 0
) AS unreadable
GROUP BY bucket
