"""Template files as they come out of a synthesis."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rehearsal.engine.errors import TemplateError
from rehearsal.engine.template.deployment import Deployment, Refusal
from rehearsal.engine.template.physical import Place
from rehearsal.engine.template.reader import read_templates
from rehearsal.engine.template.resources import read_resources
from rehearsal.engine.template.stacks import link_stacks
from rehearsal.lint.errors import LintError

ENDING = ".template.json"


def load_templates(paths: tuple[Path, ...]) -> Mapping[str, Mapping[str, Any]]:
    """Read template files by the names of their stacks, folders by what ends in .template.json."""
    found: dict[str, Mapping[str, Any]] = {}
    for file in _list_files(paths):
        stack = file.name.removesuffix(ENDING).removesuffix(".json")
        if stack in found:
            raise LintError(f"{file}: there is another template named {stack}")
        try:
            found[stack] = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise LintError(f"{file}: cannot be read as JSON: {error}") from error
    return found


def _list_files(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        if path.is_file():
            yield path
            continue
        files = sorted(path.glob(f"*{ENDING}"))
        if not files:
            raise LintError(f"{path}: no *{ENDING} in this folder")
        yield from files


def read_leniently(
    documents: Mapping[str, Mapping[str, Any]], *, account: str, region: str
) -> Deployment:
    """Read templates also where an alarm in them would be refused: that is for rules to say."""
    try:
        return read_templates(documents, account=account, region=region)
    except TemplateError as error:
        stacks = link_stacks(documents, Place(account=account, region=region), {}, {}, {})
        entries, refused = read_resources(stacks)
        wrong = Refusal(subject="alarms", reason=str(error), source="the templates")
        return Deployment(
            resources=tuple(entry.resource for entry in entries), refused=(*refused, wrong)
        )
