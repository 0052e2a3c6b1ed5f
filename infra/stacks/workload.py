"""What is watched of one workload: its alarms, dashboards, saved queries and log metrics."""

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.cloudwatch.alarms import WorkloadAlarms
from infra.cloudwatch.dashboards import WorkloadDashboards
from infra.links import dashboard_url
from infra.stacks.suite_stack import SuiteStack
from watchkeeper.definitions.log_metric import LogMetricDefinition
from watchkeeper.definitions.query import LogQueryDefinition
from watchkeeper.definitions.workload import WorkloadDefinition
from watchkeeper.environment.model import Environment
from watchkeeper.environment.names import Names


class WorkloadStack(SuiteStack):
    """Hold everything that watches one workload and nothing that runs."""

    def __init__(
        self, scope: Construct, environment: Environment, workload: WorkloadDefinition
    ) -> None:
        super().__init__(
            scope,
            Names(environment).workload_stack(workload.title),
            environment,
            description=f"Watchkeeper: alarms, dashboards and saved queries of {workload.title}",
        )
        alarms = Construct(self, "Alarms")
        WorkloadAlarms(alarms, workload.name, environment).create(workload.alarms)
        dashboards = WorkloadDashboards(Construct(self, "Dashboards"), workload.alarms, environment)
        for definition in workload.dashboards:
            dashboards.create(definition)
            cdk.CfnOutput(
                self,
                definition.name.replace("-", ""),
                value=dashboard_url(environment, definition.name),
                description=definition.description,
            )
        for query in workload.log_queries:
            self._save(query)
        for measured in workload.log_metrics:
            self._measure(measured)

    def _measure(self, measured: LogMetricDefinition) -> None:
        """Filter a log group that the application's own function has made."""
        metric = measured.metric
        logs.CfnMetricFilter(
            self,
            f"LogMetric-{measured.name}",
            filter_name=self.environment_definition.named(measured.name),
            log_group_name=measured.log_group,
            filter_pattern=measured.pattern,
            metric_transformations=[
                logs.CfnMetricFilter.MetricTransformationProperty(
                    metric_namespace=metric.namespace,
                    metric_name=metric.name,
                    metric_value=measured.value,
                    unit=metric.unit.value,
                )
            ],
        )

    def _save(self, query: LogQueryDefinition) -> None:
        logs.CfnQueryDefinition(
            self,
            f"Query-{query.name.replace('/', '-')}",
            name=self.environment_definition.named(query.name),
            log_group_names=list(query.log_groups),
            query_string=f"# {query.description}\n{query.text}",
        )
