"""Where things lie in the checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
ENVIRONMENTS = ROOT / "environments"
FUNCTIONS = ROOT / "functions"
# Whatever is made, and can be made again.
BUILD = ROOT / "build"
LAYERS = BUILD / "layers"


def assembly_folder(environment: str) -> Path:
    """Return where an environment is synthesised to, for the tests of the same `make` to read."""
    return BUILD / f"cdk.out.{environment}"
