"""The error tree of Watchkeeper.

WatchkeeperError
├── DefinitionError        a definition contradicts itself or CloudWatch's limits
├── EnvironmentFileError   environments/<env>.toml says something unknown or impossible
├── SettingsError          a function was deployed without the settings it needs
├── CollectionError        a source could not be read; `retryable` says whether waiting can help
├── LedgerError            the ledger could not be read or written
│   └── LedgerBusyError    another run holds the ledger
├── CheckBrokenError       the checker itself failed (a sick target is a result, never an error)
├── ActionError            what has to be done or said at once was not: a switch, a message
├── BackupError            an export is incomplete, unreadable or not what was written
├── ArchiveError           rows could not be archived, deleted or restored; none is lost
├── CanaryError            the test event could not be sent or followed (a lost one is a result)
├── DrillError             a page down one of the alarms' routes would reach nobody
└── ReportError            a report could not be made, kept or sent
    └── ReportPartError    one part of a report could not be read; the rest of it goes out
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


class ActionError(WatchkeeperError):
    """Report that something that has to be done or said at once was not; the next run tries."""

    retryable = True


class BackupError(WatchkeeperError):
    """Report an export that is incomplete, unreadable or not what was written."""


class ArchiveError(WatchkeeperError):
    """Report rows that could not be archived, deleted or restored; none of them is lost."""


class DrillError(WatchkeeperError):
    """Report routes of alarms down which a page would reach nobody, or an unfinished drill."""


class ReportError(WatchkeeperError):
    """Report that a report could not be made, kept or sent."""

    retryable = True


class ReportPartError(ReportError):
    """Report that one part of a report could not be read; the rest of it goes out."""


class CanaryError(WatchkeeperError):
    """Report a test event that could not be sent or followed, as opposed to one that is lost."""
