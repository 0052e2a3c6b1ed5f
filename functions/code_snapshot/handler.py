"""Keep the deployed code and configuration of the watched functions; started weekly."""

from watchkeeper.backup.code_snapshot import snapshot_code
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import CodeSnapshotSettings

handler = scheduled_handler("code_snapshot", CodeSnapshotSettings, snapshot_code)
