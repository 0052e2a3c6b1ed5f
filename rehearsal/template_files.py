"""Templates from files: JSON, YAML with its short forms, and the output folder of the CDK."""

import json
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from rehearsal.engine.errors import TemplateError
from rehearsal.engine.template.physical import Place
from rehearsal.engine.template.values import describe

MANIFEST: Final = "manifest.json"
STACK_ARTIFACT: Final = "aws:cloudformation:stack"
ASSEMBLY_ARTIFACT: Final = "cdk:cloud-assembly"
NESTED_ENDING: Final = ".nested.template.json"
ENDINGS: Final = (".template.json", ".template.yaml", ".json", ".yaml", ".yml", ".template")

_ENVIRONMENT: Final = re.compile(r"aws://(?P<account>\d{12})/(?P<region>[a-z0-9-]+)")
_UNKNOWN_REGION: Final = "unknown-region"


@dataclass(frozen=True, kw_only=True)
class TemplateFiles:
    """Hold loaded templates by their stacks' names, and where the CDK says they are deployed."""

    documents: Mapping[str, Mapping[str, Any]]
    places: Mapping[str, Place]


def load_templates(paths: Iterable[Path]) -> TemplateFiles:
    """Load template files and CDK output folders together."""
    documents: dict[str, Mapping[str, Any]] = {}
    places: dict[str, Place] = {}
    for path in paths:
        for name, file, place in _list_templates(path):
            if name in documents:
                message = f"{file}: a stack {name!r} was loaded already, expected each stack once"
                raise TemplateError(message)
            documents[name] = load_template(file)
            if place:
                places[name] = place
    return TemplateFiles(documents=documents, places=places)


def load_template(path: Path) -> Mapping[str, Any]:
    """Load one template file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: expected a template in a text file ({error})"
        raise TemplateError(message) from error
    try:
        document = _parse(text)
    except RecursionError as error:
        message = f"{path}: expected a template and found one nested too deep to read"
        raise TemplateError(message) from error
    except (ValueError, yaml.YAMLError) as error:
        problem = " ".join(str(error).split())
        message = f"{path}: expected JSON or YAML and found neither: {problem}"
        raise TemplateError(message) from error
    if not isinstance(document, Mapping):
        message = f"{path}: expected a template, an object, and found {describe(document)}"
        raise TemplateError(message)
    return document


def name_stack(file: Path) -> str:
    """Name a stack after its template's file."""
    ending = next((ending for ending in ENDINGS if file.name.endswith(ending)), "")
    return file.name.removesuffix(ending) or file.name


def _list_templates(path: Path) -> Iterator[tuple[str, Path, Place | None]]:
    """Yield the name, file and place of every stack at a path."""
    if not path.is_dir():
        yield name_stack(path), path, None
    elif (path / MANIFEST).is_file():
        stacks = list(_list_assembly(path))
        if not stacks:
            message = f"{path / MANIFEST}: expected the manifest of a CDK output folder with stacks"
            raise TemplateError(message)
        yield from stacks
    else:
        files = sorted(file for file in path.iterdir() if file.name.endswith(ENDINGS))
        if not files:
            message = f"{path}: expected templates or a {MANIFEST} in this folder and found neither"
            raise TemplateError(message)
        yield from ((name_stack(file), file, None) for file in files)


def _list_assembly(folder: Path) -> Iterator[tuple[str, Path, Place | None]]:
    """Yield the stacks of a CDK output folder, those of its stages and nested ones included."""
    manifest = load_template(folder / MANIFEST)
    artifacts = manifest.get("artifacts") or {}
    try:
        for key, artifact in artifacts.items():
            properties = artifact.get("properties") or {}
            if artifact["type"] == STACK_ARTIFACT:
                name = properties.get("stackName") or key
                place = _read_environment(artifact.get("environment"))
                yield name, folder / properties["templateFile"], place
            elif artifact["type"] == ASSEMBLY_ARTIFACT:
                yield from _list_assembly(folder / properties["directoryName"])
    except (AttributeError, KeyError, TypeError) as error:
        message = f"{folder / MANIFEST}: expected the manifest of a CDK output folder"
        raise TemplateError(message) from error
    for file in sorted(folder.glob(f"*{NESTED_ENDING}")):
        yield file.name, file, None


def _read_environment(environment: object) -> Place | None:
    """Return where a stack goes; None for one that can go anywhere."""
    found = _ENVIRONMENT.fullmatch(environment) if isinstance(environment, str) else None
    if found is None or found["region"] == _UNKNOWN_REGION:
        return None
    return Place(account=found["account"], region=found["region"])


def _parse(text: str) -> object:
    if text.lstrip().startswith("{"):
        return json.loads(
            text, object_pairs_hook=_refuse_same_keys, parse_constant=_refuse_constant
        )
    return yaml.load(text, Loader=_TemplateLoader)  # noqa: S506 - it derives from the safe loader


def _refuse_same_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        message = f"{twice!r} stands twice in an object"
        raise ValueError(message)
    return found


def _refuse_constant(name: str) -> float:
    message = f"{name} is no JSON"
    raise ValueError(message)


class _TemplateLoader(yaml.SafeLoader):
    """Read YAML as CloudFormation does: no dates, no aliases, keys as text, short forms."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse aliases, as CloudFormation does."""
        if self.check_event(yaml.AliasEvent):
            message = "aliases (*name) are not for templates"
            raise yaml.YAMLError(message)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: ARG002, FBT001, FBT002
        """Keep keys as they are written: an account's number is no number."""
        pairs = []
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                message = "keys are texts"
                raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
            pairs.append((key.value, self.construct_object(value, deep=True)))
        found: dict[Hashable, Any] = {}
        found.update(_refuse_same_keys(pairs))
        return found

    def construct_short_form(self, suffix: str, node: yaml.Node) -> dict[str, Any]:
        """Turn !Sub into Fn::Sub and its like; !Ref and !Condition keep their names."""
        argument: Any
        if isinstance(node, yaml.ScalarNode):
            argument = node.value
        elif isinstance(node, yaml.SequenceNode):
            argument = self.construct_sequence(node, deep=True)
        else:
            argument = self.construct_object(_untag(node), deep=True)
        return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": argument}


def _untag(node: yaml.Node) -> yaml.Node:
    return yaml.MappingNode("tag:yaml.org,2002:map", node.value, node.start_mark, node.end_mark)


_TemplateLoader.add_multi_constructor("!", _TemplateLoader.construct_short_form)
_TemplateLoader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if not tag.endswith(":timestamp")]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
