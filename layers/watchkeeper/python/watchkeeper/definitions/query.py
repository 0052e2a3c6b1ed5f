"""What a database query is: one SQL file, exactly these columns, within these limits."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

from watchkeeper.definitions.errors import DefinitionError

# A monitor must not hurt its target: no query may hold the database longer than this.
MAX_STATEMENT_TIMEOUT_MILLISECONDS = 60_000


@dataclass(frozen=True, kw_only=True)
class QueryDefinition:
    """Declare one query: a file in `package`, its exact result columns and its time limits."""

    package: str
    file: str
    columns: tuple[str, ...]
    description: str
    statement_timeout_milliseconds: int = 20_000
    lock_timeout_milliseconds: int = 2_000

    def __post_init__(self) -> None:
        """Refuse a missing file and limits that could hurt the database."""
        if not self.columns:
            raise DefinitionError(f"query {self.file}: expected one or more columns")
        if not 0 < self.statement_timeout_milliseconds <= MAX_STATEMENT_TIMEOUT_MILLISECONDS:
            raise DefinitionError(
                f"query {self.file}: statement timeout of {self.statement_timeout_milliseconds} "
                f"ms, expected 1 to {MAX_STATEMENT_TIMEOUT_MILLISECONDS}"
            )
        if not 0 < self.lock_timeout_milliseconds <= self.statement_timeout_milliseconds:
            raise DefinitionError(
                f"query {self.file}: expected a lock timeout between 0 and the statement timeout"
            )
        if not resources.files(self.package).joinpath(self.file).is_file():
            raise DefinitionError(f"query {self.file}: no such file in {self.package}")

    @property
    def sql(self) -> str:
        """Read the text of the query, once in a process."""
        return _read(self.package, self.file)


@cache
def _read(package: str, file: str) -> str:
    return resources.files(package).joinpath(file).read_text(encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class LogQueryDefinition:
    """Declare one saved CloudWatch Logs Insights query over the named log groups."""

    name: str
    log_groups: tuple[str, ...]
    text: str
    description: str

    def __post_init__(self) -> None:
        """Refuse a query over nothing."""
        if not self.log_groups or not self.text.strip() or not self.name.strip():
            raise DefinitionError(
                f"log query {self.name!r}: expected a name, a text and one or more log groups"
            )
