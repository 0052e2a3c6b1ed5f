-- How many e-mails were handed to the provider, minute by minute of sent_at, whatever became of
-- them since. The columns are those of pipeline_executions.sql.
--
-- Reads the index on sent_at, and of the table only that stretch.
SELECT
    floor(date_part('epoch', sent_at) / 60)::bigint AS bucket,
    'sent' AS measure,
    CASE WHEN email_type = ANY (%(types)s) THEN email_type ELSE %(other)s END AS type,
    '' AS reason, 0 AS after, 0 AS hundredths, count(*) AS rows, NULL AS example
FROM email_delivery_log
WHERE sent_at >= %(since)s AND sent_at < %(until)s
GROUP BY 1, 3
UNION ALL
SELECT
    floor(date_part('epoch', sent_at) / 60)::bigint,
    'folded', '', '', 0, 0, count(*), coalesce(left(min(email_type), 60), 'NULL')
FROM email_delivery_log
WHERE sent_at >= %(since)s AND sent_at < %(until)s
    AND (email_type = ANY (%(types)s)) IS NOT TRUE
GROUP BY 1
