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
        self._handed_out: dict[str, float] = {}

    def __call__(self, name: str, default: float) -> float:
        """Return the number in force under this name."""
        self._handed_out[name] = self._overrides.get(name, default)
        return self._handed_out[name]

    @property
    def in_force(self) -> Mapping[str, float]:
        """Give every number handed out, by its whole key in the environment's file."""
        return {f"{self._key}.{name}": number for name, number in self._handed_out.items()}

    def refuse_unused(self) -> None:
        """Raise `EnvironmentFileError` with a sentence for each override that no alarm uses."""
        unused = sorted(self._overrides.keys() - self._handed_out.keys())
        if unused:
            raise EnvironmentFileError(
                "\n".join(
                    f"{self._file}: unknown key {self._key}.{name}{nearest(name, self._handed_out)}"
                    for name in unused
                )
            )
