"""Lambda entry point: count pipeline runs into metrics, every five minutes."""

from watchkeeper.collection.pipelines import count_pipelines
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import PipelineMetricsSettings

handler = scheduled_handler("pipeline_metrics", PipelineMetricsSettings, count_pipelines)
