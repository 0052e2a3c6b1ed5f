-- What has become, until now, of the e-mails sent in a stretch of time, by type; the most frequent
-- types first.
--
-- `status` is overwritten in place, so each step counts the later ones that imply it: a clicked
-- e-mail was opened, and so was one whose recipient unsubscribed. Who complained may not have
-- opened it: the row no longer says, and it is not counted.
-- Reads the index on sent_at, and of the table only that stretch.
SELECT
    coalesce(left(email_type, 60), '(none)') AS type,
    count(*) AS sent,
    count(*) FILTER (WHERE status IN ('opened', 'clicked', 'unsubscribed')) AS opened,
    count(*) FILTER (WHERE status = 'clicked') AS clicked,
    count(*) FILTER (WHERE status = 'bounced') AS bounced,
    count(*) FILTER (WHERE status = 'spam_complaint') AS complaints,
    count(*) FILTER (WHERE status = 'unsubscribed') AS unsubscribed,
    count(*) FILTER (WHERE status = 'failed') AS failed
FROM email_delivery_log
WHERE sent_at >= %(since)s AND sent_at < %(until)s
GROUP BY 1
ORDER BY sent DESC, type
LIMIT 200
