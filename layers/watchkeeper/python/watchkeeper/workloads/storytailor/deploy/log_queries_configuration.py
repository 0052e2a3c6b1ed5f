"""The saved query on what drifted."""

from watchkeeper.definitions.query import LogQueryDefinition
from watchkeeper.environment.model import Environment
from watchkeeper.environment.names import Names
from watchkeeper.workloads.storytailor import jobs

TEXT = """\
filter message = "configuration drifted"
| fields timestamp, kind, subject, what, kept, live
| sort @timestamp desc
| limit 200"""


def configuration_query(environment: Environment) -> LogQueryDefinition:
    """Return the query over the log of the daily comparison."""
    return LogQueryDefinition(
        name="storytailor/configuration-drift",
        log_groups=(Names(environment).log_group(jobs.CONFIG_DRIFT),),
        text=TEXT,
        description="What is not as in the approved export, and in what does it differ?",
    )
