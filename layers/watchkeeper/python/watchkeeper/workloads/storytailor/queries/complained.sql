-- Every e-mail of the last weeks that was called spam, whenever that was. The columns, and why the
-- table may lack updated_at: see unsubscribed.sql.
--
-- Needs an index on sent_at of the complained rows alone, or it reads all weeks each time.
SELECT
    log.id::text AS id,
    CASE WHEN log.email_type = ANY (%(types)s) THEN log.email_type ELSE %(other)s END AS type,
    floor(date_part('epoch', log.sent_at) / 60)::bigint AS sent,
    CASE
        WHEN isfinite(log.updated_at) THEN floor(date_part('epoch', log.updated_at) / 60)::bigint
    END AS updated
FROM (SELECT NULL::timestamptz AS updated_at) AS absent
CROSS JOIN LATERAL (
    SELECT id, email_type, sent_at, updated_at
    FROM email_delivery_log
    WHERE status = 'spam_complaint' AND sent_at >= %(since)s AND sent_at < %(until)s
) AS log
