"""What every stack of the suite has in common."""

import aws_cdk as cdk
from constructs import Construct

from watchkeeper.environment.model import Environment
from watchkeeper.environment.names import Names


class SuiteStack(cdk.Stack):
    """Be a stack of one environment, tied to the others by names alone."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        environment: Environment,
        *,
        description: str,
        is_protected: bool = False,
    ) -> None:
        self.environment_definition = environment
        self.names = Names(environment)
        # The emulator refuses the publishing role that the default synthesizer assumes.
        synthesizer: cdk.IReusableStackSynthesizer = (
            cdk.CliCredentialsStackSynthesizer()
            if environment.is_emulated
            else cdk.DefaultStackSynthesizer()
        )
        super().__init__(
            scope,
            name,
            stack_name=name,
            description=f"{description} ({environment.name})",
            env=cdk.Environment(account=environment.account, region=environment.region),
            synthesizer=synthesizer,
            termination_protection=is_protected and not environment.is_emulated,
            tags={
                "suite": "watchkeeper",
                "environment": environment.name,
                "owner": environment.owner,
            },
        )

    @property
    def kept(self) -> cdk.RemovalPolicy:
        """Say what becomes of state when its stack goes: it stays, except in the emulator."""
        if self.environment_definition.is_emulated:
            return cdk.RemovalPolicy.DESTROY
        return cdk.RemovalPolicy.RETAIN
