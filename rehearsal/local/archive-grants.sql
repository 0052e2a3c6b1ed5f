-- What Watchkeeper's archive may do in the database it watches: read and delete rows of the two
-- tables it archives, and nothing else. Needed only where `allowed_actions.archive_rows` is true.
-- Run it as the owner of the tables (or an administrator) in the application's database. It can be
-- run again at any time. Afterwards give the login a password, outside any file:
--     \password watchkeeper_archive

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'watchkeeper_archive') THEN
        CREATE ROLE watchkeeper_archive LOGIN;
    END IF;
END
$$;

-- There is never more than one run; the second is for one that was cut off and is not yet noticed.
ALTER ROLE watchkeeper_archive CONNECTION LIMIT 2;

-- A second line of defence: the archive sets these for each transaction itself.
ALTER ROLE watchkeeper_archive SET statement_timeout = '30s';
ALTER ROLE watchkeeper_archive SET lock_timeout = '2s';
ALTER ROLE watchkeeper_archive SET idle_in_transaction_session_timeout = '60s';

GRANT USAGE ON SCHEMA public TO watchkeeper_archive;
GRANT SELECT, DELETE ON pipeline_executions, email_delivery_log TO watchkeeper_archive;

-- Where row-level security is on, as Supabase does by default, a right without a policy reaches no
-- rows. Only rows that are old enough can be deleted there, whatever the archive believes.
DO $$
BEGIN
    DROP POLICY IF EXISTS watchkeeper_archive_reads ON public.pipeline_executions;
    DROP POLICY IF EXISTS watchkeeper_archive_reads ON public.email_delivery_log;
    DROP POLICY IF EXISTS watchkeeper_archive_deletes ON public.pipeline_executions;
    DROP POLICY IF EXISTS watchkeeper_archive_deletes ON public.email_delivery_log;
    CREATE POLICY watchkeeper_archive_reads ON public.pipeline_executions
        FOR SELECT TO watchkeeper_archive USING (true);
    CREATE POLICY watchkeeper_archive_reads ON public.email_delivery_log
        FOR SELECT TO watchkeeper_archive USING (true);
    CREATE POLICY watchkeeper_archive_deletes ON public.pipeline_executions
        FOR DELETE TO watchkeeper_archive USING (created_at < now() - interval '89 days');
    CREATE POLICY watchkeeper_archive_deletes ON public.email_delivery_log
        FOR DELETE TO watchkeeper_archive USING (sent_at < now() - interval '89 days');
END
$$;
