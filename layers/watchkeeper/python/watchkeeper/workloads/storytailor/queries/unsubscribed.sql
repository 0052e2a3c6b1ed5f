-- Every e-mail of the last weeks whose recipient has unsubscribed, whenever that was.
--
--   id          of the e-mail
--   type        email_type, or "other" when it is not listed
--   sent        the minute of sent_at, in minutes since 1970
--   updated     the minute of updated_at likewise; NULL where the table has no such column
--
-- The table may lack updated_at. Where it does, the name means the column of `absent`, the nearest
-- one outside the subquery; where it does not, the table's own column comes first.
--
-- Needs an index on sent_at of the unsubscribed rows alone, or it reads all weeks each time.
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
    WHERE status = 'unsubscribed' AND sent_at >= %(since)s AND sent_at < %(until)s
) AS log
