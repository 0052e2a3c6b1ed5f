"""`promtool test rules` over the same rules and series."""

import json
import shutil
import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path

from benchmarks._stopwatch import Stopwatch
from benchmarks.rules.ratios import HOURS, MINUTES, THRESHOLD_PERCENT, Ratio

# 59.5 minutes hold exactly 60 samples: this version's ranges include both of their ends.
RANGE = "59m30s"


class PromtoolError(Exception):
    """Report that promtool is missing, or that it disagrees."""


def run_promtool(
    folder: Path, ratios: tuple[Ratio, ...], firing: Mapping[int, Collection[str]]
) -> Stopwatch:
    """Test the rules, expecting the alarms of `firing` by minute; return what it took."""
    program = shutil.which("promtool")
    if program is None:
        message = "promtool is not installed: it comes with Debian's package prometheus"
        raise PromtoolError(message)
    test = _write(folder, ratios, firing)
    with Stopwatch() as watch:
        done = subprocess.run(
            [program, "test", "rules", str(test)], capture_output=True, text=True, check=False
        )
    if done.returncode != 0:
        message = f"promtool disagrees:\n{(done.stdout + done.stderr)[:2_000]}"
        raise PromtoolError(message)
    return watch


def _write(folder: Path, ratios: tuple[Ratio, ...], firing: Mapping[int, Collection[str]]) -> Path:
    """Write rules and their test; JSON is YAML."""
    rules = [
        {
            "alert": ratio.name,
            "expr": f"100 * sum_over_time(errors{{of='{ratio.number}'}}[{RANGE}])"
            f" / sum_over_time(requests{{of='{ratio.number}'}}[{RANGE}]) > {THRESHOLD_PERCENT}",
        }
        for ratio in ratios
    ]
    series = [
        {"series": f"{name}{{of='{ratio.number}'}}", "values": " ".join(map(str, values))}
        for ratio in ratios
        for name, values in zip(("errors", "requests"), ratio.series, strict=True)
    ]
    checks = [
        {
            "eval_time": f"{minute}m",
            "alertname": ratio.name,
            "exp_alerts": [{"exp_labels": {"of": str(ratio.number)}}]
            if ratio.name in alarms
            else [],
        }
        for minute, alarms in firing.items()
        for ratio in ratios
    ]
    # The last minute is evaluated as well, so that both contenders do 24 hours.
    checks.append({"eval_time": f"{MINUTES - 1}m", "alertname": "none", "exp_alerts": []})
    (folder / "rules.yml").write_text(
        json.dumps({"groups": [{"name": "ratios", "interval": "1m", "rules": rules}]}),
        encoding="utf-8",
    )
    test = folder / "test.yml"
    test.write_text(
        json.dumps(
            {
                "rule_files": ["rules.yml"],
                "evaluation_interval": "1m",
                "tests": [
                    {
                        "name": f"{HOURS} hours",
                        "interval": "1m",
                        "input_series": series,
                        "alert_rule_test": checks,
                    }
                ],
            }
        ),
        encoding="utf-8",
    )
    return test
