"""The error tree of Watchkeeper.

WatchkeeperError
├── DefinitionError        a definition contradicts itself or CloudWatch's limits
├── EnvironmentFileError   environments/<env>.toml says something unknown or impossible
├── SettingsError          a function was deployed without the settings it needs
├── CollectionError        a source could not be read; `retryable` says whether waiting can help
├── LedgerError            the ledger could not be read or written
│   └── LedgerBusyError    another run holds the ledger
├── CheckBrokenError       the checker itself failed (a sick target is a result, never an error)
└── BackupError            an export is incomplete, unreadable or not what was written
"""


class WatchkeeperError(Exception):
    """Be the root of every error Watchkeeper raises on purpose.

    `retryable` tells the caller whether the same call can succeed later without a change.
    """

    retryable = False


class DefinitionError(WatchkeeperError):
    """Refuse a definition that contradicts itself or CloudWatch's limits."""


class EnvironmentFileError(WatchkeeperError):
    """Refuse an environment file; the message names file, key, what was found and expected."""


class SettingsError(WatchkeeperError):
    """Refuse to run a function whose deployed settings are missing or malformed."""


class CollectionError(WatchkeeperError):
    """Report a source that could not be read."""

    def __init__(self, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.retryable = retryable


class LedgerError(WatchkeeperError):
    """Report a ledger that could not be read or written."""

    retryable = True


class LedgerBusyError(LedgerError):
    """Report that another run holds the ledger; the next run repairs what this one leaves."""


class CheckBrokenError(WatchkeeperError):
    """Report that the checker itself failed, as opposed to the target it checks."""


class BackupError(WatchkeeperError):
    """Report an export that is incomplete, unreadable or not what was written."""
