"""The parts of the benchmark of pipeline_metrics: tables, contenders, costs."""
