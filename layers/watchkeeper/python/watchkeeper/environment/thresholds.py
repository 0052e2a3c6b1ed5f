"""Let an environment override numbers of alarms by name, and refuse names no alarm asks for."""

from collections.abc import Mapping

from watchkeeper.definitions.errors import EnvironmentFileError
from watchkeeper.environment.sentences import nearest


class Thresholds:
    """Hand out the default of each number or the environment's override of it.

    After all alarms are built `refuse_unused` raises for overrides nobody asked for: a
    misspelt override would otherwise leave the default in force without a word.
    """

    def __init__(self, file: str, key: str, overrides: Mapping[str, float]) -> None:
        self._file = file
        self._key = key
        self._overrides = dict(overrides)
        self._asked: set[str] = set()

    def __call__(self, name: str, default: float) -> float:
        """Return the number in force under this name."""
        self._asked.add(name)
        return self._overrides.get(name, default)

    def refuse_unused(self) -> None:
        """Raise `EnvironmentFileError` for the first override that no alarm uses."""
        for name in sorted(set(self._overrides) - self._asked):
            raise EnvironmentFileError(
                f"{self._file}: unknown key {self._key}.{name}{nearest(name, self._asked)}"
            )
