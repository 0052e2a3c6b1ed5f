"""Stand in for Storytailor's two functions: the curator, which runs pipelines, and the agent.

Answers the health payload, and for a job logs JSON lines with the fields that Storytailor's saved
log queries read. Needs nothing but what the Lambda runtime brings.
"""

import json
import os
import random
import time
from typing import Any

VERSION = "2026.4.1"
KILL_SWITCH_CACHE_SECONDS = 300
RUNS_PER_JOB = 12
VETO_SHARE = 0.2
FAILED_EMAIL_SHARE = 0.02
SLA_MINUTES = 5
TIME_CRITICAL = {"crisis_alert", "early_intervention", "story_failure", "asset_timeout"}
MAILING = {"daily_digest", "weekly_insights", "crisis_alert", "referral_rewards", "org_health"}
REASONS = ("INSUFFICIENT_SIGNAL", "LOW_CONFIDENCE")
# What an event that tests the way to the curator carries, to be found in its log.
CANARY = ("canary", "sentAt")
TIME_CRITICAL_REASONS = (*REASONS, "SLA_MISSED")

_kill_switches: dict[str, tuple[float, bool]] = {}


def curate(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run the job that a rule or an operator asks for, unless its kill switch is off."""
    detail = event.get("detail", {})
    job = str(detail.get("jobType", ""))
    if job == "health":
        return check_health(context, **{key: detail[key] for key in CANARY if key in detail})
    if not job:
        raise ValueError("detail.jobType is missing, expected health or a pipeline type")
    if not is_enabled(job):
        log(
            "INFO",
            "pipeline vetoed",
            pipeline_type=job,
            vetoed=True,
            execute=False,
            veto_reason="KILL_SWITCH_ACTIVE",
        )
        return {"status": "vetoed", "jobType": job, "processed": 0}
    for number in range(RUNS_PER_JOB):
        chance = random.Random(f"{context.aws_request_id}:{number}")  # noqa: S311  no secret
        run_pipeline(job, chance)
    return {"status": "completed", "jobType": job, "processed": RUNS_PER_JOB}


def answer(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer a user's request, or the health payload."""
    if event.get("detail", {}).get("jobType") == "health":
        return check_health(context)
    log("INFO", "conversation turn", request_id=context.aws_request_id)
    return {"status": "answered"}


def check_health(context: Any, **canary: Any) -> dict[str, Any]:
    """Report health, or whatever ill health the HEALTH variable asks for; log a canary's mark."""
    health = os.environ.get("HEALTH", "healthy")
    log("INFO", "health", status=health, function=context.function_name, **canary)
    if health == "failing":
        raise RuntimeError("the health check failed as HEALTH asks for")
    if health == "hanging":
        time.sleep(context.get_remaining_time_in_millis() / 1000 + 5)
    return {"status": health, "version": VERSION}


def is_enabled(job: str) -> bool:
    """Read a pipeline's kill switch, at most once in five minutes."""
    name = f"{os.environ['PARAMETER_PATH']}/pipelines/{job.replace('_', '-')}/enabled"
    read_at, enabled = _kill_switches.get(name, (0.0, True))
    if time.monotonic() - read_at < KILL_SWITCH_CACHE_SECONDS and read_at:
        return enabled
    import boto3  # noqa: PLC0415  a health answer does not wait for this import

    value = boto3.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    _kill_switches[name] = (time.monotonic(), value == "true")
    return bool(value == "true")


def run_pipeline(job: str, chance: random.Random) -> None:
    """Decide for one user whether to act, and log what came of it."""
    user_id = f"{chance.getrandbits(64):016x}"
    signals = {
        "pipeline_type": job,
        "user_id": user_id,
        "confidence_score": round(chance.betavariate(8, 2), 3),
        "signal_count": chance.randint(1, 40),
    }
    if chance.random() < VETO_SHARE:
        reason = chance.choice(TIME_CRITICAL_REASONS if job in TIME_CRITICAL else REASONS)
        late = {}
        if reason == "SLA_MISSED":
            late = {"elapsed_minutes": chance.randint(6, 40), "sla_minutes": SLA_MINUTES}
        log(
            "INFO",
            "pipeline vetoed",
            vetoed=True,
            execute=False,
            veto_reason=reason,
            **signals,
            **late,
        )
        return
    log("INFO", "pipeline executed", vetoed=False, execute=True, **signals)
    if job in MAILING:
        latency_ms = round(220 * chance.lognormvariate(0, 0.4))
        log("INFO", "provider answered", email_type=job, provider_latency_ms=latency_ms)
    if chance.random() < FAILED_EMAIL_SHARE:
        log(
            "ERROR",
            "email failed",
            user_id=user_id,
            email_type=job,
            status="failed",
            error="provider answered 503",
        )


def log(level: str, message: str, **fields: Any) -> None:
    """Print one JSON line, as the application does."""
    print(json.dumps({"level": level, "message": message, **fields}))
