-- The e-mails of each number from `first` to `last`, with a referral and a reward for each 200 of them
-- and an override for each 500, all the same whenever they are asked for. Most e-mails end delivered
-- or opened; one in 500 unsubscribes and one in 5,000 complains.
WITH mails AS (
    SELECT number, %(origin)s::timestamptz + (number + 0.5) * %(seconds_apart)s * interval '1 s' AS at
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS number
), sent AS (
    INSERT INTO email_delivery_log (
        id, user_id, email_type, status, provider_message_id, sent_at, queued_at, delivered_at,
        updated_at
    )
    SELECT
        md5('mail' || number)::uuid,
        md5('user' || number %% 50000)::uuid,
        (ARRAY['daily_digest', 'weekly_insights', 'crisis_alert', 'referral_reward', 'org_health'])
            [1 + mod(hashint8extended(number, 5) & 65535, 5)],
        CASE
            WHEN number %% 500 = 7 THEN 'unsubscribed'
            WHEN number %% 5000 = 11 THEN 'spam_complaint'
            WHEN number %% 100 = 13 THEN 'bounced'
            WHEN number %% 10 < 6 THEN 'delivered'
            WHEN number %% 10 < 9 THEN 'opened'
            ELSE 'clicked'
        END,
        'sg-' || number,
        at, at - interval '2 s', at + interval '9 s', at + interval '9 s'
    FROM mails
), referred AS (
    INSERT INTO referral_tracking (id, referrer_id, status, reward_status, created_at)
    SELECT
        md5('referral' || number)::uuid, md5('user' || number %% 50000)::uuid,
        (ARRAY['pending', 'clicked', 'converted'])[1 + number / 200 %% 3],
        (ARRAY['none', 'issued'])[1 + number / 600 %% 2],
        at
    FROM mails WHERE number %% 200 = 3
), rewarded AS (
    INSERT INTO reward_ledger (id, user_id, source, amount, status, created_at, updated_at)
    SELECT
        md5('reward' || number)::uuid, md5('user' || number %% 50000)::uuid,
        (ARRAY['referral', 'milestone'])[1 + number / 200 %% 2],
        500, (ARRAY['issued', 'issued', 'pending', 'failed'])[1 + number / 200 %% 4], at, at
    FROM mails WHERE number %% 200 = 5
)
INSERT INTO human_overrides (id, pipeline_type, override_type, occurred_at)
SELECT md5('override' || number)::uuid, 'early_intervention', 'dismissed', at
FROM mails WHERE number %% 500 = 9
