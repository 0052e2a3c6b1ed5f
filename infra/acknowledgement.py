"""Answer findings of the security rules (cdk-nag), one by one and with a reason.

An answer that is not given here fails `infra.check`; one that no finding asks for fails a test.
"""

from aws_cdk import Acknowledgment, Validations
from constructs import Construct

# With this context key every finding is reported, answered or not.
IGNORED = "watchkeeper:ignore-acknowledgements"


def acknowledge(construct: Construct, finding: str, reason: str) -> None:
    """Say why a finding on a construct (and what is below it) is right as it is."""
    if not construct.node.try_get_context(IGNORED):
        Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=reason))
