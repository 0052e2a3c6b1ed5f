"""The rights to parameters: single ones by their names, or all below the environment's path."""

from dataclasses import dataclass

from infra.rights.permission import Permission, Permissions, Settings, Target, via
from watchkeeper.environment.names import Names


@dataclass(frozen=True)
class ParameterRights:
    """Derive what functions may do in Parameter Store."""

    names: Names
    is_emulated: bool

    def ssm_parameter(self, target: Target) -> Permissions:
        """Read one parameter."""
        yield Permission(
            actions=("ssm:GetParameter",), resources=(self._parameter(target["name"]),)
        )

    def kill_switches(self, settings: Settings) -> Permissions:
        """Read the kill switches."""
        switches = settings["kill_switches"].values()
        yield Permission(
            actions=("ssm:GetParameter",), resources=tuple(map(self._parameter, switches))
        )

    def flippable_switches(self, settings: Settings) -> Permissions:
        """Read kill switches, and set them."""
        switches = settings["flippable_switches"].values()
        if switches:
            yield Permission(
                actions=("ssm:GetParameter", "ssm:PutParameter"),
                resources=tuple(map(self._parameter, switches)),
            )

    def exported(self, settings: Settings) -> Permissions:
        """Read everything below a path, secrets opened."""
        path = settings["parameter_path"]
        yield from self._listed(path, "The export")
        yield Permission(
            actions=("kms:Decrypt",),
            resources=(self.names.arn("kms", "key/*"),),
            conditions={
                "StringEquals": via("ssm", self.names),
                "StringLike": {"kms:EncryptionContext:PARAMETER_ARN": self._below(path)},
            },
            reason=(
                "Each SecureString may have a key of its own. Only Parameter Store can use this, "
                "and only for parameters below the environment's path."
            ),
        )

    def compared(self, settings: Settings) -> Permissions:
        """Read everything below a path, secrets closed."""
        # No key: a secret is known by its version.
        yield from self._listed(settings["compared_path"], "The comparison")

    def _listed(self, path: str, what: str) -> Permissions:
        """Yield what it takes to read everything but the secrets below a path."""
        below = self._below(path)
        every = f"{what} is of every parameter below the environment's path."
        yield Permission(
            actions=("ssm:GetParametersByPath", "ssm:GetParameters"),
            # The emulator looks for a name that these two calls do not carry, and finds none.
            resources=("*",) if self.is_emulated else (self._parameter(path), below),
            reason=every,
        )
        yield Permission(
            actions=("ssm:GetParameterHistory", "ssm:ListTagsForResource"),
            resources=(below,),
            reason=every,
        )
        yield Permission(
            actions=("ssm:DescribeParameters",),
            resources=("*",),
            reason="DescribeParameters knows no resources (Service Authorization Reference).",
        )

    def _below(self, path: str) -> str:
        return self._parameter(f"{path}/*")

    def _parameter(self, name: str) -> str:
        return self.names.arn("ssm", f"parameter/{name.lstrip('/')}")
