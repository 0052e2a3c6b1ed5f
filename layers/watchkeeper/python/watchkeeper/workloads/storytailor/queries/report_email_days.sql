-- How many e-mails were sent on each day (UTC), and to how many different users.
-- Reads the index on sent_at, and of the table only that stretch.
SELECT
    (sent_at AT TIME ZONE 'UTC')::date AS day,
    count(*) AS sent,
    count(DISTINCT user_id) AS users
FROM email_delivery_log
WHERE sent_at >= %(since)s AND sent_at < %(until)s
GROUP BY 1
ORDER BY 1
