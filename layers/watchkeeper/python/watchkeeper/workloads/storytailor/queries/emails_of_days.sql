-- How many e-mails were sent in a stretch of days.
SELECT count(*) AS emails
  FROM email_delivery_log
 WHERE sent_at >= %(since)s AND sent_at < %(until)s
