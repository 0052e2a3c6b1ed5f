-- What Watchkeeper may do in the database it watches: read the tables it counts and the server's
-- statistics, and nothing else. Run it as the owner of the tables (or an administrator) in the
-- application's database. It can be run again at any time. Afterwards give the login a password,
-- outside any file:
--     \password watchkeeper_ro

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'watchkeeper_ro') THEN
        CREATE ROLE watchkeeper_ro LOGIN;
    END IF;
END
$$;

-- One run holds one connection; the rest is room for a run that overlaps another.
ALTER ROLE watchkeeper_ro CONNECTION LIMIT 8;

-- A second line of defence: the suite sets these for each transaction itself.
ALTER ROLE watchkeeper_ro SET default_transaction_read_only = on;
ALTER ROLE watchkeeper_ro SET statement_timeout = '30s';
ALTER ROLE watchkeeper_ro SET lock_timeout = '2s';
ALTER ROLE watchkeeper_ro SET idle_in_transaction_session_timeout = '60s';

-- Figures about sessions and statements (database_metrics). Nothing else comes with this role: it
-- shows what the statistics show, and no row of any table. Whoever may not grant it gets a notice,
-- and the suite says of these figures that they are not available.
DO $$
BEGIN
    GRANT pg_read_all_stats TO watchkeeper_ro;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'pg_read_all_stats was not granted: ask an administrator to do it';
END
$$;

-- Hosted databases keep pg_stat_statements in a schema of its own.
ALTER ROLE watchkeeper_ro SET search_path = public, extensions;
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_namespace WHERE nspname = 'extensions') THEN
        GRANT USAGE ON SCHEMA extensions TO watchkeeper_ro;
    END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO watchkeeper_ro;
GRANT SELECT ON
    pipeline_executions,
    email_delivery_log,
    reward_ledger,
    referral_tracking,
    human_overrides,
    consumption_metrics,
    story_effectiveness
TO watchkeeper_ro;

-- Where row-level security is on, as Supabase does by default, a granted SELECT without a policy
-- returns no rows and no error: every count would be zero. Without it a policy does nothing.
DO $$
DECLARE
    watched text;
BEGIN
    FOREACH watched IN ARRAY ARRAY[
        'pipeline_executions', 'email_delivery_log', 'reward_ledger', 'referral_tracking',
        'human_overrides', 'consumption_metrics', 'story_effectiveness'
    ] LOOP
        EXECUTE format('DROP POLICY IF EXISTS watchkeeper_ro_reads ON public.%I', watched);
        EXECUTE format(
            'CREATE POLICY watchkeeper_ro_reads ON public.%I FOR SELECT TO watchkeeper_ro USING (true)',
            watched
        );
    END LOOP;
END
$$;
