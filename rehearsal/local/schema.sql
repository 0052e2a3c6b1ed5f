-- The tables of Storytailor that are watched, as its application would create them: primary
-- keys, and one index on the time a row came. Runs as the owner, in an empty schema.

CREATE TABLE pipeline_executions (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id          uuid,
    pipeline_type    text NOT NULL,
    pipeline_name    text NOT NULL,
    status           text NOT NULL DEFAULT 'running',
    vetoed           boolean DEFAULT false,
    veto_reason      text,
    confidence_score numeric(4, 3),
    signal_count     integer,
    trigger_data     jsonb,
    started_at       timestamptz,
    completed_at     timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX pipeline_executions_created_at ON pipeline_executions (created_at);

-- `status` is overwritten in place as the provider reports what became of the e-mail.
CREATE TABLE email_delivery_log (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id             uuid,
    email_type          text NOT NULL,
    status              text NOT NULL DEFAULT 'sent',
    provider_message_id text,
    sent_at             timestamptz NOT NULL DEFAULT now(),
    error               text,
    updated_at          timestamptz,
    queued_at           timestamptz,
    delivered_at        timestamptz
);
CREATE INDEX email_delivery_log_sent_at ON email_delivery_log (sent_at);

-- `amount` is in cents.
CREATE TABLE reward_ledger (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id       uuid NOT NULL,
    source        text NOT NULL,
    amount        integer NOT NULL,
    status        text NOT NULL DEFAULT 'pending',
    error_message text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz
);
CREATE INDEX reward_ledger_created_at ON reward_ledger (created_at);

CREATE TABLE referral_tracking (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    referrer_id   uuid NOT NULL,
    status        text NOT NULL DEFAULT 'pending',
    reward_status text NOT NULL DEFAULT 'none',
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX referral_tracking_created_at ON referral_tracking (created_at);

CREATE TABLE human_overrides (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    pipeline_type text NOT NULL,
    override_type text NOT NULL,
    occurred_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE consumption_metrics (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id          uuid NOT NULL,
    story_id         uuid NOT NULL,
    event_type       text NOT NULL,
    duration_seconds integer,
    created_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX consumption_metrics_created_at ON consumption_metrics (created_at);

CREATE TABLE story_effectiveness (
    story_id        uuid PRIMARY KEY,
    completion_rate numeric(4, 3) NOT NULL,
    event_count     integer NOT NULL,
    calculated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION track_consumption_event(
    listener uuid, story uuid, event text, seconds integer, at timestamptz DEFAULT now()
) RETURNS uuid LANGUAGE sql AS $$
    INSERT INTO consumption_metrics (user_id, story_id, event_type, duration_seconds, created_at)
    VALUES (listener, story, event, seconds, at)
    RETURNING id
$$;

CREATE FUNCTION calculate_story_effectiveness(
    story uuid, at timestamptz DEFAULT now()
) RETURNS numeric LANGUAGE sql AS $$
    INSERT INTO story_effectiveness (story_id, completion_rate, event_count, calculated_at)
    SELECT story,
           coalesce(avg((event_type = 'completed')::integer), 0)::numeric(4, 3),
           count(*),
           at
      FROM consumption_metrics
     WHERE story_id = story
       AND created_at > at - interval '30 days'
    ON CONFLICT (story_id) DO UPDATE
       SET completion_rate = excluded.completion_rate,
           event_count = excluded.event_count,
           calculated_at = excluded.calculated_at
    RETURNING completion_rate
$$;

-- In cents: what a user may still spend.
CREATE FUNCTION calculate_user_credits(account uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(amount), 0) FROM reward_ledger
     WHERE user_id = account AND status = 'issued'
$$;

-- At most three e-mails a day, and none of a kind the user has unsubscribed from.
CREATE FUNCTION should_send_email(
    addressee uuid, kind text, at timestamptz DEFAULT now()
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT count(*) FILTER (WHERE sent_at > at - interval '1 day') < 3
       AND count(*) FILTER (WHERE status = 'unsubscribed' AND email_type = kind) = 0
      FROM email_delivery_log
     WHERE user_id = addressee AND sent_at > at - interval '90 days'
$$;
