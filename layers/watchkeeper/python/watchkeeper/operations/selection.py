"""Choose parameters by name, prefix or pattern."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from watchkeeper.definitions.errors import BackupError


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Hold what was asked for; nothing at all means everything.

    A pattern is a shell's: `*` stands for any characters, `/` among them.
    """

    names: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def of(self, names: Collection[str]) -> frozenset[str]:
        """Return the chosen names; refuse a choice that none of them is."""
        if not (self.names or self.prefixes or self.patterns):
            return frozenset(names)
        chosen: set[str] = set()
        for wanted, found in self._choices(names):
            if not found:
                raise BackupError(f"neither the export nor the account has {wanted}")
            chosen |= found
        return frozenset(chosen)

    def _choices(self, names: Collection[str]) -> Iterator[tuple[str, set[str]]]:
        for name in self.names:
            yield f"a parameter {name}", {name} & set(names)
        for prefix in self.prefixes:
            yield f"a parameter below {prefix}", {n for n in names if n.startswith(prefix)}
        for pattern in self.patterns:
            yield f"a parameter like {pattern}", {n for n in names if fnmatchcase(n, pattern)}
