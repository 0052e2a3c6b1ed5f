-- What became of the e-mails sent in a stretch of whole minutes, as their status says it now.
--
--   bucket   the minute of sent_at, in minutes since 1970
--   type     email_type, or "other" when it is not listed
--   steps    1 opened, 2 clicked, 4 bounced, 8 failed, added up; a clicked e-mail was opened, and
--            so was one whose reader unsubscribed
--   mail     ten hexadecimal digits that stand for the e-mail among those of its minute; '' in one
--            row for each minute in which anything was sent
--   updated  the minute of updated_at; NULL where the table has no such column
--
-- The table may lack updated_at: see unsubscribed.sql. Reads the index on sent_at, and of the table
-- only that stretch.
SELECT
    floor(date_part('epoch', log.sent_at) / 60)::bigint AS bucket,
    CASE WHEN log.email_type = ANY (%(types)s) THEN log.email_type ELSE %(other)s END AS type,
    CASE log.status
        WHEN 'opened' THEN 1 WHEN 'unsubscribed' THEN 1 WHEN 'clicked' THEN 3
        WHEN 'bounced' THEN 4 WHEN 'failed' THEN 8
    END AS steps,
    left(md5(log.id::text), 10) AS mail,
    CASE
        WHEN isfinite(log.updated_at) THEN floor(date_part('epoch', log.updated_at) / 60)::bigint
    END AS updated
FROM (SELECT NULL::timestamptz AS updated_at) AS absent
CROSS JOIN LATERAL (
    SELECT id, email_type, status, sent_at, updated_at
    FROM email_delivery_log
    WHERE sent_at >= %(since)s AND sent_at < %(until)s
        AND status IN ('opened', 'clicked', 'unsubscribed', 'bounced', 'failed')
) AS log
UNION ALL
SELECT floor(date_part('epoch', sent_at) / 60)::bigint, '', 0, '', NULL
FROM email_delivery_log
WHERE sent_at >= %(since)s AND sent_at < %(until)s
GROUP BY 1
