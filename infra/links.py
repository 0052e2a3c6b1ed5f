"""The addresses a page carries: its runbook section and its dashboard."""

from watchkeeper.environment.model import Environment
from watchkeeper.environment.names import Names

# The console's domain by partition.
CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def runbook_url(environment: Environment, workload: str, section: str) -> str:
    """Address a section of a workload's runbook."""
    return f"{environment.docs_url}/runbooks/{workload}.md#{section}"


def dashboard_url(environment: Environment, dashboard: str) -> str:
    """Address a dashboard, named by its definition, in the console of the environment's region."""
    region = environment.region
    console = CONSOLES[Names(environment).partition]
    name = environment.named(dashboard)
    return f"https://{region}.{console}/cloudwatch/home?region={region}#dashboards/dashboard/{name}"
