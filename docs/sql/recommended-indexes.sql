-- Indexes with which a run reads what is new and no more, however large the tables grow.
-- Each statement stands alone: CONCURRENTLY does not run inside a transaction, and does not lock
-- the table against writes. Those that exist already under another name can be left out.

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
