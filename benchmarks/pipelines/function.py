"""The deployed function's own handler, warm, in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks._memory import peak_memory_megabytes
from rehearsal.local.workspace import REPOSITORY
from watchkeeper.runtime.settings import VARIABLE, PipelineMetricsSettings, Settings

MODULE = "benchmarks.pipelines.function_process"
PIPELINE_TYPES = (
    "daily_digest",
    "story_scoring",
    "weekly_insights",
    "engagement_nudges",
    "asset_timeout",
    "story_failure",
    "early_intervention",
    "crisis_alert",
)
SCHEDULED_TYPES = PIPELINE_TYPES[:4]
VETO_REASONS = ("INSUFFICIENT_SIGNAL", "LOW_CONFIDENCE", "SLA_MISSED", "KILL_SWITCH_ACTIVE")


def function_settings(*, secret: str, ledger_table: str) -> PipelineMetricsSettings:
    """Return what the function is told: every type and reason of the tables is listed."""
    return PipelineMetricsSettings(
        environment="benchmark",
        database_secret=secret,
        ledger_table=ledger_table,
        pipeline_types=PIPELINE_TYPES,
        schedules=dict.fromkeys(SCHEDULED_TYPES, "cron(0 20 * * ? *)"),
        veto_reasons=VETO_REASONS,
    )


class FunctionInstance:
    """Own one process that runs the handler of a job, pipeline_metrics unless told otherwise.

    `module` is what the process runs, which answers each time with the seconds it took.
    """

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        *,
        log: Path,
        job: str = "pipeline_metrics",
        module: str = MODULE,
        time_limit_seconds: int = 60,
    ) -> None:
        self._has_run = False
        self._job = job
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, job, str(time_limit_seconds)],
                cwd=REPOSITORY,
                env={**environment, VARIABLE: settings.to_json()},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                process_group=0,
            )

    def connect(self) -> None:
        """Do nothing: each run connects anew."""

    def run(self, now: datetime, *, new_rows: int) -> float:
        """Call the handler for one scheduled time; refuse a run that did not count each new row.

        The first run counts the two hours that were there before, too.
        """
        answer = self.ask(now)
        counted = answer["summary"].get("PipelineExecutions")
        if self._job == "pipeline_metrics" and counted != new_rows and self._has_run:
            raise ValueError(f"the function counted {counted} new runs, expected {new_rows}")
        self._has_run = True
        return float(answer["seconds"])

    def memory_megabytes(self) -> float | None:
        """Return the most memory the process has used."""
        return peak_memory_megabytes(self._process.pid)

    def disconnect(self) -> None:
        """Do nothing: each run has closed its connection."""

    def close(self) -> None:
        """Let the process end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def ask(self, now: datetime) -> dict[str, Any]:
        """Call the handler for one scheduled time; return its summary and the seconds it took."""
        questions, answers = self._process.stdin, self._process.stdout
        if questions is None or answers is None:
            raise ChildProcessError("the function's process has no pipes")
        questions.write(json.dumps({"time": now.isoformat()}) + "\n")
        questions.flush()
        line = answers.readline()
        if not line:
            raise ChildProcessError("the function's process ended; its log says why")
        answer: dict[str, Any] = json.loads(line)
        return answer
