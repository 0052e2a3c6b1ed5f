"""The folders that become Lambda code: layers that make builds, and one folder a function."""

from aws_cdk import aws_lambda as lambda_

from infra.places import FUNCTIONS, LAYERS, ROOT
from watchkeeper.definitions.errors import WatchkeeperError
from watchkeeper.definitions.schedule import JobDefinition


class AssetMissingError(WatchkeeperError):
    """Report a folder of code that is not there; the message says how it is made."""


def layer_code(architecture: str, layer: str) -> lambda_.AssetCode:
    """Return a built layer."""
    folder = LAYERS / architecture / layer
    if not (folder / "python").is_dir():
        raise AssetMissingError(
            f"the layer {layer} for {architecture} is not in {folder.relative_to(ROOT)}; "
            "build it with: make layers"
        )
    return lambda_.Code.from_asset(str(folder))


def function_code(job: JobDefinition) -> lambda_.AssetCode:
    """Return a job's handler: a few lines, all else is in the layers."""
    folder = FUNCTIONS / job.name
    handler = folder / "handler.py"
    if not handler.is_file():
        raise AssetMissingError(
            f"the job {job.name} has no handler, expected {handler.relative_to(ROOT)}"
        )
    return lambda_.Code.from_asset(str(folder), exclude=["**/__pycache__", "**/__pycache__/**"])
