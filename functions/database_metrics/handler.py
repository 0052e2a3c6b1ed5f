"""Lambda entry point: measure the database itself, every fifteen minutes."""

from watchkeeper.collection.database_metrics import measure_database
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import DatabaseMetricsSettings

handler = scheduled_handler("database_metrics", DatabaseMetricsSettings, measure_database)
