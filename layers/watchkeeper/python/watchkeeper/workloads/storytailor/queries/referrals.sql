-- Every referral of the watched time that has moved on from pending, whenever that was. The columns
-- are those of rewards.sql; nothing in the table says when a referral moved on.
--
--   steps       whoever converted had signed up before
--   is_owed     converted, and the reward is not issued
--
-- Reads the index on created_at.
SELECT
    tracked.id::text AS id,
    floor(date_part('epoch', tracked.created_at) / 60)::bigint AS created,
    '' AS type,
    array_remove(ARRAY[
        CASE WHEN tracked.state IN ('signed_up', 'converted') THEN 'signed_up' END,
        CASE WHEN tracked.state = 'converted' THEN 'converted' END,
        CASE WHEN tracked.reward = 'issued' THEN 'rewarded' END,
        CASE
            WHEN tracked.state NOT IN ('pending', 'signed_up', 'converted')
                OR tracked.reward NOT IN ('none', 'issued')
                THEN 'unreadable'
        END
    ], NULL) AS steps,
    NULL::bigint AS cents,
    NULL::bigint AS updated,
    tracked.state = 'converted' AND tracked.reward <> 'issued' AS is_owed,
    CASE
        WHEN tracked.state NOT IN ('pending', 'signed_up', 'converted')
            THEN 'referral status ' || left(tracked.state, 60)
        WHEN tracked.reward NOT IN ('none', 'issued')
            THEN 'reward_status ' || left(tracked.reward, 60)
    END AS example
FROM (
    SELECT
        id, created_at,
        lower(coalesce(status, 'NULL')) AS state,
        -- No reward yet and NULL are the same: nobody has been paid.
        lower(coalesce(reward_status, 'none')) AS reward
    FROM referral_tracking
    WHERE created_at >= %(since)s AND created_at < %(until)s
) AS tracked
WHERE tracked.state <> 'pending' OR tracked.reward <> 'none'
