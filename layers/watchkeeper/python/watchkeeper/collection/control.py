"""Read how the pipelines are held in hand: their kill switches and the rules that start them.

What can be read is emitted whatever the rest does; then a run raises for all that could not be, by
name. A switch that is missing, or says neither true nor false, is unknown: neither 0 nor 1.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.errors import CollectionError
from watchkeeper.definitions.metric import MetricDefinition
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import KillSwitchMetricsSettings
from watchkeeper.workloads.storytailor.metrics_control import KILL_SWITCH_ACTIVE, RULE_ENABLED

# With these limits a call has failed after 12 s, so that all of them fit into a run even while
# nothing answers: after `MAX_UNANSWERED` of them the rest is not asked.
CLIENT_LIMITS = {
    "connect_timeout_seconds": 1.0,
    "read_timeout_seconds": 2.0,
    "max_attempts": 3,
}
MAX_UNANSWERED = 3
# What the curator reads as "may run", and what as "must not".
IS_ACTIVE: Mapping[str, bool] = {"true": False, "false": True}
# A rule that also takes every management event of CloudTrail has a longer state of this prefix.
ENABLED = "ENABLED"
MAX_SHOWN = 40

ControlRun = Run[KillSwitchMetricsSettings]


@dataclass(kw_only=True)
class _Reading:
    """Hold what was read of one kind of thing, by pipeline, and what could not be."""

    metric: MetricDefinition
    values: dict[str, bool] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    unanswered: int = 0


def read_control(run: ControlRun) -> Mapping[str, object]:
    """Emit the state of every kill switch and rule; raise when one could not be told."""
    ssm, events = run.aws("ssm", **CLIENT_LIMITS), run.aws("events", **CLIENT_LIMITS)
    switches = _read(
        KILL_SWITCH_ACTIVE, run.settings.kill_switches, lambda name: _is_active(ssm, name)
    )
    rules = _read(RULE_ENABLED, run.settings.rules, lambda name: _is_enabled(events, name))
    run.emit([*_datapoints(run, switches), *_datapoints(run, rules)])
    problems = [*switches.problems, *rules.problems]
    if problems:
        raise CollectionError(
            f"{len(problems)} of {len(run.settings.kill_switches) + len(run.settings.rules)} kill "
            f"switches and rules could not be told: {'; '.join(problems)}",
            retryable=True,
        )
    return {
        "active_kill_switches": [name for name, is_active in switches.values.items() if is_active],
        "disabled_rules": [name for name, is_enabled in rules.values.items() if not is_enabled],
    }


def _read(
    metric: MetricDefinition, names: Mapping[str, str], ask: Callable[[str], bool]
) -> _Reading:
    reading = _Reading(metric=metric)
    for pipeline, name in names.items():
        if reading.unanswered >= MAX_UNANSWERED:
            reading.problems.append(f"{name} was not asked")
            continue
        try:
            reading.values[pipeline] = ask(name)
        except ClientError as error:
            reading.problems.append(f"{name}: {error.response['Error']['Code']}")
        except BotoCoreError as error:
            reading.unanswered += 1
            reading.problems.append(f"{name}: {type(error).__name__}")
        except CollectionError as error:
            reading.problems.append(str(error))
    return reading


def _is_active(ssm: Any, name: str) -> bool:
    value = str(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    if value not in IS_ACTIVE:
        raise CollectionError(
            f"{name} is {value[:MAX_SHOWN]!r}, expected true or false", retryable=False
        )
    return IS_ACTIVE[value]


def _is_enabled(events: Any, name: str) -> bool:
    try:
        state = str(events.describe_rule(Name=name)["State"])
    except ClientError as error:
        # A rule that is gone starts nothing: that is known, and as bad as one that is disabled.
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return False
        raise
    return state.startswith(ENABLED)


def _datapoints(run: ControlRun, reading: _Reading) -> Iterator[Datapoint]:
    for pipeline, value in reading.values.items():
        series = reading.metric.series(Environment=run.settings.environment, Pipeline=pipeline)
        yield Datapoint(series=series, values=(float(value),), timestamp=run.now)
