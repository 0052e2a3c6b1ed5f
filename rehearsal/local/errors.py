"""The one error of the local stage."""

from watchkeeper.definitions.errors import WatchkeeperError


class LocalStageError(WatchkeeperError):
    """Report a part of the local stage that did not start, or died on its own."""
