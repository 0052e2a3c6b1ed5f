-- Indexes with which a run reads what is new and no more, however large the tables grow.
-- Each statement stands alone: CONCURRENTLY does not run inside a transaction, and does not lock
-- the table against writes. Those that exist already under another name can be left out: the metric
-- MissingIndexes counts what an index does (table, first columns, condition), not what it is called.

-- Counting pipelines and e-mails: the stretch of the last two hours.
CREATE INDEX CONCURRENTLY IF NOT EXISTS pipeline_executions_created_at
    ON pipeline_executions (created_at);

CREATE INDEX CONCURRENTLY IF NOT EXISTS email_delivery_log_sent_at
    ON email_delivery_log (sent_at);

-- Minutes since the last run of each scheduled pipeline: one row from each, newest first.
CREATE INDEX CONCURRENTLY IF NOT EXISTS pipeline_executions_type_created_at
    ON pipeline_executions (pipeline_type, created_at);

-- Unsubscribes of the last 35 days: a few rows among millions.
CREATE INDEX CONCURRENTLY IF NOT EXISTS email_delivery_log_unsubscribed_sent_at
    ON email_delivery_log (sent_at) WHERE status = 'unsubscribed';

-- Spam complaints of the last 35 days: fewer still.
CREATE INDEX CONCURRENTLY IF NOT EXISTS email_delivery_log_complained_sent_at
    ON email_delivery_log (sent_at) WHERE status = 'spam_complaint';

-- Referrals and rewards: those of the last weeks, whose state may still change.
CREATE INDEX CONCURRENTLY IF NOT EXISTS referral_tracking_created_at
    ON referral_tracking (created_at);

CREATE INDEX CONCURRENTLY IF NOT EXISTS reward_ledger_created_at
    ON reward_ledger (created_at);

-- What people overruled: the last two hours, and the last thirty days for the rate.
CREATE INDEX CONCURRENTLY IF NOT EXISTS human_overrides_occurred_at
    ON human_overrides (occurred_at);
