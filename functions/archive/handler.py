"""Lambda entry point: move old rows to the archive, every week, where that is allowed."""

from watchkeeper.archive.job import archive_rows
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import ArchiveSettings

handler = scheduled_handler("archive", ArchiveSettings, archive_rows)
