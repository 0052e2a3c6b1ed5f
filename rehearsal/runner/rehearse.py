"""Rehearse one scenario: let its world live through it, then its alarms through what it emitted."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import partial

from rehearsal.local.postgres import PostgresServer
from rehearsal.runner.deployment import Assembly
from rehearsal.runner.evaluation import evaluate
from rehearsal.runner.recording import MINUTE
from rehearsal.runner.result import Recorded, Rehearsal
from rehearsal.runner.stage import Stage, set_stage
from rehearsal.runner.told import as_told
from rehearsal.scenario.model import Scenario, Update
from rehearsal.scenario.surroundings import Surroundings
from rehearsal.world.aws.functions import HEALTHY_SECONDS
from rehearsal.world.invocation import Invocation
from rehearsal.world.profile import PROFILES
from rehearsal.world.schedule import Starts

DAY = 86_400
WEEK = 7 * DAY
# What starts at least as often as this soon says something of its own.
FREQUENT_SECONDS = 300


def rehearse(
    scenario: Scenario, assembly: Assembly, surroundings: Surroundings, server: PostgresServer
) -> Rehearsal:
    """Rehearse a scenario and judge it."""
    recorded = record(scenario, assembly, surroundings, server)
    return evaluate(recorded, assembly.deployment)


def record(
    scenario: Scenario, assembly: Assembly, surroundings: Surroundings, server: PostgresServer
) -> Recorded:
    """Let the world live through a scenario; return all that was emitted."""
    assembly = as_told(assembly, scenario, surroundings)
    with set_stage(scenario, assembly, surroundings, server) as stage:
        # What happens in the minute of a start has happened when the function starts.
        _enter_happenings(stage, surroundings)
        _enter_schedules(stage, assembly, surroundings)
        stage.agenda.run(scenario.end)
        stage.recording.keep_invocations([*stage.invocations, *_background(stage, surroundings)])
        _keep_queues(stage)
    stage.recording.keep_said(scenario)
    return Recorded(
        scenario=scenario,
        store=stage.recording.to_store(assembly.deployment.metric_filters),
        begins=stage.begins,
        runs=tuple(stage.starter.runs),
        lines=tuple(stage.recording.lines),
        said=tuple(stage.said),
        wrote=tuple(stage.wrote),
    )


def _enter_schedules(stage: Stage, assembly: Assembly, surroundings: Surroundings) -> None:
    earlier = _counted_before(stage, surroundings)
    for schedule in assembly.schedules:
        function = assembly.functions[schedule.function]
        starts = schedule.starts.between(stage.begins - 1, stage.scenario.end)
        before = earlier.get(function.name) or _last_before(schedule.starts, stage.begins)
        for moment in (*before, *starts):
            due = partial(stage.starter.schedule_due, schedule, function)
            stage.agenda.add(moment, due)


def _counted_before(stage: Stage, surroundings: Surroundings) -> dict[str, list[int]]:
    """Say when functions ran in the days of the habits they have counted, from before the first."""
    days: dict[str, int] = {}
    for habit in stage.scenario.habit:
        for name in habit.counted_by:
            function = surroundings.suite[name]
            days[function] = max(habit.days, days.get(function, 0))
    start = stage.scenario.start
    return {
        function: list(range(start - most * DAY, stage.begins, WEEK))
        for function, most in days.items()
    }


def _last_before(starts: Starts, begins: int) -> Iterator[int]:
    """Yield when something hourly or daily last started: it was not silent before the rehearsal."""
    earlier = list(starts.between(begins - DAY, begins - 1))
    if earlier and begins - earlier[-1] > FREQUENT_SECONDS:
        yield earlier[-1]


def _enter_happenings(stage: Stage, surroundings: Surroundings) -> None:
    """Note everything that happens once; what merely holds is asked for when it matters."""
    scenario, agenda = stage.scenario, stage.agenda
    stage.starter.before_start = stage.write_rows
    for truncate in scenario.truncate:
        agenda.add(scenario.start + truncate.at, partial(_truncate, stage, truncate.table))
    for update in scenario.update:
        for place, count in enumerate(update.rows):
            if count:
                moment = scenario.start + update.at + place * MINUTE
                agenda.add(moment, partial(_update, stage, update, int(count)))
    for parameter in scenario.parameter:
        for offset in (parameter.since, parameter.until):
            if offset is not None:
                agenda.add(scenario.start + offset, partial(_set_parameter, stage, parameter.name))
    for fault in scenario.suite:
        if fault.fault == "redeployed":
            redeploy = partial(_redeploy, stage, surroundings.suite[fault.function])
            agenda.add(scenario.start + fault.since, redeploy)


def _truncate(stage: Stage, table: str, now: int) -> None:
    stage.write_rows(now)
    stage.database.truncate(table)


def _update(stage: Stage, update: Update, count: int, now: int) -> None:
    stage.write_rows(now)
    stage.rows.update(update, count, now)


def _set_parameter(stage: Stage, name: str, now: int) -> None:
    value = stage.incident.parameter(name, stage.account.parameters[name], now)
    if value is None:
        stage.parameters.delete(name)
    else:
        stage.parameters.put(name, value)


def _redeploy(stage: Stage, function: str, _now: int) -> None:
    stage.starter.host.redeploy(function)


def _background(stage: Stage, surroundings: Surroundings) -> Iterator[Invocation]:
    """Yield the invocations that the watched functions have of their own."""
    every = PROFILES[stage.scenario.background].invoked_every_seconds
    if not every:
        return
    for function in sorted(surroundings.functions):
        for at in range(stage.begins, stage.scenario.end, every):
            yield Invocation(function=function, at=at, seconds=HEALTHY_SECONDS)


def _keep_queues(stage: Stage) -> None:
    """Say every minute what queues hold, from their first message on, as an active queue does."""
    scenario = stage.scenario
    for queue, letters in stage.starter.dead_letters.items():
        emptied = [scenario.start + q.emptied for q in scenario.queue if q.name == queue]
        ordered = sorted(letters)
        for minute in range(ordered[0] // MINUTE * MINUTE, scenario.end, MINUTE):
            since = max((moment for moment in emptied if moment <= minute), default=0)
            held = bisect_left(ordered, minute + MINUTE) - bisect_right(ordered, since)
            stage.recording.keep(
                "AWS/SQS",
                "ApproximateNumberOfMessagesVisible",
                {"QueueName": queue},
                minute,
                (float(held),),
            )
