-- What has become, until now, of the referrals made in a stretch of time: one row.
-- Who converted had signed up before. Reads the index on created_at.
SELECT
    count(*) AS referrals,
    count(*) FILTER (WHERE status IN ('signed_up', 'converted')) AS signups,
    count(*) FILTER (WHERE status = 'converted') AS conversions,
    count(*) FILTER (WHERE reward_status = 'issued') AS rewarded
FROM referral_tracking
WHERE created_at >= %(since)s AND created_at < %(until)s
