-- Every reward of the watched time that has moved on from pending, whenever that was.
--
--   id          of the reward
--   created     the minute of created_at, in minutes since 1970
--   type        source, or "other" when it is not listed
--   steps       all it has been through: status shows the last only, but what was applied or has
--               expired was issued before
--   cents       amount
--   updated     the minute of updated_at; NULL where the table has no such column
--   is_owed     status is failed: somebody waits for it
--   example     a label or value as it stands in the table, for the log
--
-- The table may lack updated_at: see unsubscribed.sql for how its name is then read.
-- Reads the index on created_at.
SELECT
    ledger.id::text AS id,
    floor(date_part('epoch', ledger.created_at) / 60)::bigint AS created,
    CASE WHEN ledger.source = ANY (%(types)s) THEN ledger.source ELSE %(other)s END AS type,
    array_remove(ARRAY[
        CASE WHEN ledger.state IN ('issued', 'applied', 'expired') THEN 'issued' END,
        CASE WHEN ledger.state = 'applied' THEN 'applied' END,
        CASE WHEN ledger.state = 'expired' THEN 'expired' END,
        CASE
            WHEN ledger.source = %(milestone)s AND ledger.state IN ('issued', 'applied', 'expired')
                THEN 'milestone'
        END,
        CASE WHEN (ledger.source = ANY (%(types)s)) IS NOT TRUE THEN 'folded' END,
        CASE WHEN NOT ledger.is_known OR ledger.amount IS NULL THEN 'unreadable' END
    ], NULL) AS steps,
    ledger.amount::bigint AS cents,
    CASE
        WHEN isfinite(ledger.updated_at)
            THEN floor(date_part('epoch', ledger.updated_at) / 60)::bigint
    END AS updated,
    ledger.state = 'failed' AS is_owed,
    CASE
        WHEN NOT ledger.is_known THEN 'reward status ' || left(ledger.state, 60)
        WHEN ledger.amount IS NULL THEN 'reward without an amount'
        WHEN (ledger.source = ANY (%(types)s)) IS NOT TRUE
            THEN 'reward source ' || coalesce(left(ledger.source, 60), 'NULL')
    END AS example
FROM (SELECT NULL::timestamptz AS updated_at) AS absent
CROSS JOIN LATERAL (
    SELECT
        id, source, amount, created_at, updated_at,
        lower(coalesce(status, 'NULL')) AS state,
        coalesce(lower(status) IN ('issued', 'applied', 'expired', 'failed'), false) AS is_known
    FROM reward_ledger
    WHERE created_at >= %(since)s AND created_at < %(until)s
        AND lower(status) IS DISTINCT FROM 'pending'
) AS ledger
