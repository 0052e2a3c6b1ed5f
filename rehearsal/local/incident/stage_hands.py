"""Let a scenario happen to the stage: rows that come and change, and what is set and set back."""

from collections.abc import Callable, Iterator
from functools import partial
from types import TracebackType
from typing import Self

from psycopg import sql

from rehearsal.local.clock import MINUTE
from rehearsal.local.incident.dials import Dial, set_database, set_parameter, set_rule
from rehearsal.local.incident.files import ANSWERS
from rehearsal.local.incident.script import Script
from rehearsal.local.stage import LocalStage
from rehearsal.runner.incident import ENABLED, Incident
from rehearsal.world.profile import PROFILES
from rehearsal.world.rows import Rows

HEALTHY = "healthy"
Event = tuple[int, Callable[[int], object]]


class StageHands:
    """Do what a script says, as far as the stage's time has come.

    What holds for a while is set when it begins, and set back when it ends or the block does.
    """

    def __init__(self, stage: LocalStage, script: Script) -> None:
        self._stage = stage
        self._script = script
        self._now = script.start
        self._incident = Incident(script.scenario, script.surroundings.suite, lambda: self._now)
        self._connection = stage.database.owner.connect()
        self._rows = Rows(
            self._connection,
            tables=script.surroundings.tables,
            rates=None,
            begins=script.start,
            start=script.start,
        )
        self._rows.plan(script.scenario.insert)
        self._events = sorted(self._list_events(), key=lambda event: event[0])
        self._dials = list(self._list_dials())

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Set everything back that still can be."""
        self._connection.close()
        if error is None:
            for dial in self._dials:
                dial.set_back()

    @property
    def has_background(self) -> bool:
        """Tell whether anything goes on besides what the script says."""
        return PROFILES[self._script.scenario.background].rates is not None

    @property
    def has_database(self) -> bool:
        """Tell whether the application can write: it waits while its database is away."""
        return self._incident.database_at(self._now).kind != "down"

    def go_on(self, until: int) -> None:
        """Let everything happen that is due before a moment (s since 1970)."""
        while self._events and self._events[0][0] < until:
            moment, happen = self._events.pop(0)
            self._write(moment)
            happen(moment)
        self._write(until)
        self._now = max(self._now, until)
        for dial in self._dials:
            dial.turn(until)

    def _write(self, until: int) -> None:
        if self._incident.database_at(until).kind != "down":
            self._rows.write(until)

    def _list_events(self) -> Iterator[Event]:
        scenario, start = self._script.scenario, self._script.start
        for truncate in scenario.truncate:
            yield start + truncate.at, partial(self._truncate, truncate.table)
        for update in scenario.update:
            for place, count in enumerate(update.rows):
                if count:
                    change = partial(self._rows.update, update, int(count))
                    yield start + update.at + place * MINUTE, change
        for queue in scenario.queue:
            yield start + queue.emptied, partial(self._purge, queue.name)

    def _truncate(self, table: str, _now: int) -> None:
        statement = sql.SQL("TRUNCATE {}").format(sql.Identifier(table))
        self._connection.execute(statement)

    def _purge(self, queue: str, _now: int) -> None:
        sqs = self._stage.emulator.client("sqs")
        url = sqs.get_queue_url(QueueName=f"{queue}{self._script.suffix}")["QueueUrl"]
        sqs.purge_queue(QueueUrl=url)

    def _list_dials(self) -> Iterator[Dial]:
        scenario, incident = self._script.scenario, self._incident
        emulator = self._stage.emulator
        ssm, events = emulator.client("ssm"), emulator.client("events")
        for name in dict.fromkeys(each.name for each in scenario.parameter):
            healthy = ssm.get_parameter(Name=name)["Parameter"]["Value"]
            yield Dial(
                normal=healthy,
                wanted=partial(incident.parameter, name, healthy),
                apply=partial(set_parameter, ssm, name),
            )
        for name in dict.fromkeys(each.name for each in scenario.rule):
            wanted = partial(_now_only, partial(incident.rule, name))
            yield Dial(normal=ENABLED, wanted=wanted, apply=partial(set_rule, events, name))
        for name in dict.fromkeys(each.function for each in scenario.endpoint):
            yield Dial(
                normal=HEALTHY,
                wanted=partial(self._health, name),
                apply=partial(self._stage.storytailor.make, name),
            )
        if scenario.database:
            yield Dial(
                normal=HEALTHY,
                wanted=lambda moment: incident.database_at(moment).kind,
                apply=partial(set_database, self._stage),
            )

    def _health(self, function: str, _moment: int) -> str:
        return ANSWERS.get(self._incident.behaviour(function, "").kind, HEALTHY)


def _now_only(ask: Callable[[], str], _moment: int) -> str:
    return ask()
