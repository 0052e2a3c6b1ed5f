"""Every workload of an environment (deployment only, in no layer)."""

from collections.abc import Iterator

from watchkeeper.definitions.workload import WorkloadDefinition
from watchkeeper.environment.model import Environment
from watchkeeper.environment.names import Names
from watchkeeper.workloads.storytailor.deploy.workload import workload as storytailor_workload
from watchkeeper.workloads.watchkeeper.deploy.workload import workload as self_workload


def workloads(environment: Environment) -> tuple[WorkloadDefinition, ...]:
    """Return the workloads an environment watches, the suite itself last."""
    applications = tuple(_applications(environment))
    names = Names(environment)
    jobs = tuple(job for workload in applications for job in workload.jobs)
    topics = sorted(
        {
            names.topic(workload.name, severity)
            for workload in applications
            for alarm in workload.alarms
            for severity in alarm.notifies
        }
    )
    return (*applications, self_workload(environment, jobs, tuple(topics)))


def _applications(environment: Environment) -> Iterator[WorkloadDefinition]:
    if environment.storytailor is not None:
        yield storytailor_workload(environment, environment.storytailor)
