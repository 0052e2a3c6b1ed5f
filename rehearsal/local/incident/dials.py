"""What can be set on the stage and set back: parameters, rules, stand-ins, the database."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from rehearsal.local.stage import LocalStage


@dataclass(kw_only=True)
class Dial:
    """Be one thing that is set to a value; nothing is done while the value stays.

    `wanted` gives the value for a moment (s since 1970); `normal` is what it had before.
    """

    normal: str | None
    wanted: Callable[[int], str | None]
    apply: Callable[[str | None], None]

    def __post_init__(self) -> None:
        """Begin with what is normal."""
        self._stands_at = self.normal

    def turn(self, moment: int) -> None:
        """Set it to what is wanted at a moment."""
        self._set(self.wanted(moment))

    def set_back(self) -> None:
        """Set it to what was normal."""
        self._set(self.normal)

    def _set(self, value: str | None) -> None:
        if value != self._stands_at:
            self.apply(value)
            self._stands_at = value


def set_parameter(ssm: Any, name: str, value: str | None) -> None:
    """Give a parameter a value, or delete it."""
    if value is None:
        ssm.delete_parameter(Name=name)
    else:
        ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


def set_rule(events: Any, name: str, state: str | None) -> None:
    """Enable or disable a rule."""
    change = events.enable_rule if state == "ENABLED" else events.disable_rule
    change(Name=name)


def set_database(stage: LocalStage, condition: str | None) -> None:
    """Let the database be healthy, down, or refuse the suite's login."""
    if condition == "down":
        stage.gateway.refuse()
        stage.gateway.cut()
    else:
        stage.gateway.normal()
    may_log_in = sql.SQL("NOLOGIN" if condition == "refusing-logins" else "LOGIN")
    reader = sql.Identifier(stage.database.reader.user)
    with stage.database.superuser.connect() as connection:
        connection.execute(sql.SQL("ALTER ROLE {} {}").format(reader, may_log_in))
