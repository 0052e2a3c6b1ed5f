"""Rows as they come and change in a rehearsal, all with times of the simulated clock."""

import heapq
import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from psycopg import sql

from rehearsal.local.traffic import Traffic
from rehearsal.local.traffic_plan import Change
from rehearsal.local.traffic_rates import Rates
from rehearsal.local.traffic_store import Connection, TrafficStore
from rehearsal.scenario.model import Habit, Insert, Update
from rehearsal.scenario.notation import Row, fill
from rehearsal.scenario.surroundings import Table

NAMES = UUID("6d0b2b5e-5a0b-4a39-8f5f-94d1f3f7a2c4")
SEED = 20260310
MINUTE = 60
DAY = 86_400


class Due(NamedTuple):
    """Be one row on its way: when it is seen, in which order, and what it is."""

    seen: float
    order: int
    change: Change


class Rows:
    """Write what is due to the tables: the background's rows and those of a scenario.

    `start` is the moment offsets of the scenario count from.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        tables: Mapping[str, Table],
        rates: Rates | None,
        begins: int,
        start: int,
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._store = TrafficStore(connection)
        self._start = start
        self._written_to = begins
        self._due: list[Due] = []
        chance = random.Random(SEED)  # noqa: S311  draws that must repeat, not secrets
        self._traffic = Traffic(connection, chance, rates) if rates else None

    def plan(self, inserts: tuple[Insert, ...]) -> None:
        """Take in the rows that a scenario inserts."""
        for number, insert in enumerate(inserts):
            self._plan(insert, self._start, f"{number}")

    def plan_habits(self, habits: tuple[Habit, ...]) -> None:
        """Take in the rows that came on the days before."""
        for number, habit in enumerate(habits):
            for day in range(habit.days, 0, -1):
                self._plan(habit, self._start - day * DAY, f"{number}/{day} days before")

    def _plan(self, insert: Insert, start: int, name: str) -> None:
        for change, seen in self._changes(insert, start, name):
            heapq.heappush(self._due, Due(seen, len(self._due), change))

    def write(self, until: int) -> None:
        """Write everything that is seen before a moment."""
        if self._traffic and until > self._written_to:
            self._traffic.advance(_utc(self._written_to), _utc(until))
        due = []
        while self._due and self._due[0].seen < until:
            due.append(heapq.heappop(self._due).change)
        if due:
            self._store.write(due)
        self._written_to = max(until, self._written_to)

    def update(self, change: Update, count: int, minute: int) -> int:
        """Change so many of the oldest rows that fit, as of a minute; return how many it was."""
        table = self._tables[change.table]
        row = Row(at=_utc(minute), minute=_utc(minute), number=0)
        values = fill(change.set, row)
        statement = sql.SQL(
            "UPDATE {table} SET {sets} WHERE id IN "
            "(SELECT id FROM {table} WHERE {conditions} ORDER BY {order} LIMIT %(count)s)"
        )
        conditions, parameters = self._conditions(change, row, table.moment)
        order = [sql.Identifier(name) for name in (table.moment, "id") if name]
        sets = [
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(f"set_{name}"))
            for name in values
        ]
        composed = statement.format(
            table=sql.Identifier(change.table),
            sets=sql.SQL(", ").join(sets),
            conditions=sql.SQL(" AND ").join(conditions),
            order=sql.SQL(", ").join(order),
        )
        parameters |= {f"set_{name}": value for name, value in values.items()}
        return self._connection.execute(composed, {**parameters, "count": count}).rowcount

    def _conditions(
        self, change: Update, row: Row, moment: str
    ) -> tuple[list[sql.Composable], dict[str, Any]]:
        conditions: list[sql.Composable] = [sql.SQL("true")]
        parameters: dict[str, Any] = {}
        for name, wanted in change.where.items():
            parameters[f"where_{name}"] = wanted if isinstance(wanted, list) else [wanted]
            conditions.append(
                sql.SQL("{} = ANY ({})").format(
                    sql.Identifier(name), sql.Placeholder(f"where_{name}")
                )
            )
        ages = (("younger", ">", change.younger_than), ("older", "<=", change.older_than))
        for name, sign, seconds in ages:
            if seconds is not None:
                parameters[name] = _utc(int(row.at.timestamp()) - seconds)
                conditions.append(
                    sql.SQL(f"{{}} {sign} {{}}").format(
                        sql.Identifier(moment), sql.Placeholder(name)
                    )
                )
        return conditions, parameters

    def _changes(self, insert: Insert, start: int, name: str) -> Iterator[tuple[Change, float]]:
        moment = self._tables[insert.table].moment
        count = 0
        for minute, rows in enumerate(insert.rows):
            begins = start + insert.at + minute * MINUTE
            for place in range(int(rows or 0)):
                at = begins + place * MINUTE / int(rows or 1)
                row = Row(at=_utc(at), minute=_utc(begins), number=count)
                values = fill(insert.values, row)
                if moment:
                    values.setdefault(moment, row.at)
                row_id = uuid5(NAMES, f"{name}/{count}")
                yield (
                    Change(row.at, insert.table, row_id, _stored(values), is_new=True),
                    at + insert.lag,
                )
                count += 1


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: json.dumps(value) if isinstance(value, dict) else value
        for name, value in values.items()
    }


def _utc(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)
