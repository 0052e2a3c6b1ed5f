-- Credits by source: issued in a stretch of time, and applied, expired or failed in it; amounts in
-- cents.
--
-- A credit is issued when its row is created, whatever became of it since. It is applied, expired
-- or failed when its row was last changed. The table may lack updated_at: then the name means the
-- column of `absent`, the nearest one outside the subquery, and the time of creation stands in.
SELECT
    coalesce(left(ledger.source, 60), '(none)') AS source,
    count(*) FILTER (WHERE is_new AND status IN ('issued', 'applied', 'expired')) AS issued,
    coalesce(sum(amount) FILTER (
        WHERE is_new AND status IN ('issued', 'applied', 'expired')
    ), 0)::bigint AS issued_cents,
    count(*) FILTER (WHERE status = 'applied') AS applied,
    coalesce(sum(amount) FILTER (WHERE status = 'applied'), 0)::bigint AS applied_cents,
    count(*) FILTER (WHERE status = 'expired') AS expired,
    coalesce(sum(amount) FILTER (WHERE status = 'expired'), 0)::bigint AS expired_cents,
    count(*) FILTER (WHERE status = 'failed') AS failed
FROM (SELECT NULL::timestamptz AS updated_at) AS absent
CROSS JOIN LATERAL (
    SELECT source, status, amount, created_at >= %(since)s AS is_new
    FROM reward_ledger
    WHERE created_at < %(until)s
        AND coalesce(updated_at, created_at) >= %(since)s
        AND (created_at >= %(since)s OR updated_at < %(until)s)
) AS ledger
GROUP BY 1
ORDER BY issued_cents DESC, source
LIMIT 200
