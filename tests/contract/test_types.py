"""What the type checker reads of the CDK is what we use of it."""

import ast
import tomllib
from pathlib import Path

from tests.contract.import_rules import list_imports

ROOT = Path(__file__).resolve().parents[2]


def test_every_cdk_service_that_we_import_has_its_types_read() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    overrides = settings["tool"]["mypy"]["overrides"]
    [followed] = [o["module"] for o in overrides if o.get("follow_imports") == "normal"]
    services = {path.name for path in _cdk().iterdir() if path.is_dir()}
    files = [ROOT / "app.py", *(ROOT / "infra").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    imported = {
        name
        for file in files
        for _, names in list_imports(ast.parse(file.read_text(encoding="utf-8")))
        for name in names
        if name.startswith("aws_cdk.") and name.split(".")[1] in services
    }
    assert imported <= set(followed), "add these to the list in pyproject.toml"


def _cdk() -> Path:
    [folder] = (ROOT / ".venv" / "lib").glob("python3*/site-packages/aws_cdk")
    return folder
