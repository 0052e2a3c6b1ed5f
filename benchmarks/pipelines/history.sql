-- The run of each number from `first` to `last`, the same whenever it is asked for: run n begins
-- n and a half intervals after `origin`. Draws are hashes of the number, so nothing is remembered.
CREATE FUNCTION simulated_runs(
    first bigint, last bigint, origin timestamptz, seconds_apart double precision
) RETURNS SETOF pipeline_executions LANGUAGE sql STABLE AS $$
SELECT
    md5(number::text)::uuid,
    '0d9e0fa6-5d1c-4f6e-9a57-2f4d1c8b7a10'::uuid,
    type,
    type,
    CASE
        WHEN outcome < 78 THEN 'completed'
        WHEN outcome < 79 THEN 'failed'
        ELSE 'vetoed'
    END,
    outcome >= 79,
    CASE
        WHEN outcome >= 99 THEN 'SLA_MISSED'
        WHEN outcome >= 91 THEN 'LOW_CONFIDENCE'
        WHEN outcome >= 79 THEN 'INSUFFICIENT_SIGNAL'
    END,
    (ARRAY[0.412, 0.655, 0.781, 0.846, 0.902, 0.934, 0.957, 0.981])[1 + mod(milliseconds, 8)],
    mod(milliseconds, 40),
    CASE
        WHEN kind >= 90
            THEN jsonb_build_object(
                'source', 'event',
                'event_timestamp', to_char(
                    began_at - interval '1 ms' * milliseconds, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'
                )
            )
        ELSE '{"job": "nightly", "source": "schedule"}'::jsonb
    END,
    began_at,
    began_at + interval '1 ms' * milliseconds,
    began_at
FROM (
    SELECT
        number,
        kind,
        mod(hashint8extended(number, 2) & 65535, 100) AS outcome,
        -- Half of them below a second, few above eight.
        (200 + (hashint8extended(number, 3) & 63) * (hashint8extended(number, 4) & 127))::integer
            AS milliseconds,
        origin + (number + 0.5) * seconds_apart * interval '1 s' AS began_at,
        CASE
            WHEN kind < 60 THEN 'daily_digest'
            WHEN kind < 74 THEN 'story_scoring'
            WHEN kind < 83 THEN 'weekly_insights'
            WHEN kind < 90 THEN 'engagement_nudges'
            WHEN kind < 93 THEN 'asset_timeout'
            WHEN kind < 96 THEN 'story_failure'
            WHEN kind < 98 THEN 'early_intervention'
            ELSE 'crisis_alert'
        END AS type
    FROM (
        SELECT number, mod(hashint8extended(number, 1) & 65535, 100)::integer AS kind
        FROM generate_series(first, last) AS number
        OFFSET 0
    ) AS kinds
    OFFSET 0
) AS runs
$$
