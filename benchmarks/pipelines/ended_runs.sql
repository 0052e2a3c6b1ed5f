-- What still ran when its row came in has ended since.
UPDATE pipeline_executions AS run
SET
    status = ended.status,
    vetoed = ended.vetoed,
    veto_reason = ended.veto_reason,
    confidence_score = ended.confidence_score,
    signal_count = ended.signal_count,
    completed_at = ended.completed_at
FROM simulated_runs(%(first)s, %(last)s, %(origin)s, %(seconds_apart)s) AS ended
WHERE run.id = ended.id
