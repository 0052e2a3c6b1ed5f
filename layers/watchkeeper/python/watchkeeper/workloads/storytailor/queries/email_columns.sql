-- Which of the times that an e-mail may have, or may not, the table has at all.
SELECT
    count(*) FILTER (WHERE attname = 'queued_at') > 0 AS has_queued_at,
    count(*) FILTER (WHERE attname = 'delivered_at') > 0 AS has_delivered_at
FROM pg_attribute
WHERE attrelid = 'email_delivery_log'::regclass AND attnum > 0 AND NOT attisdropped
