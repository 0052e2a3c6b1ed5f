"""Find, read and check environment files; every mistake is one sentence."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from watchkeeper.definitions.errors import EnvironmentFileError
from watchkeeper.environment.model import Environment
from watchkeeper.environment.sentences import sentence


def known_environments(folder: Path) -> tuple[str, ...]:
    """Name the environments that have a file in the folder, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def load_environment(name: str, folder: Path) -> Environment:
    """Read one environment; raise `EnvironmentFileError` with a sentence for each mistake."""
    known = known_environments(folder)
    if name not in known:
        listed = ", ".join(known) or "none"
        raise EnvironmentFileError(f"there is no environment {name!r}; known: {listed}")
    file = f"{name}.toml"
    document = _read(folder / file)
    if "name" in document:
        raise EnvironmentFileError(f"{file}: unknown key name; the file's name is the name")
    try:
        return Environment.model_validate({"name": name, **document})
    except ValidationError as error:
        sentences = [sentence(file, Environment, dict(item)) for item in error.errors()]
        raise EnvironmentFileError("\n".join(sentences)) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EnvironmentFileError(f"{path.name}: not valid TOML: {error}") from error
