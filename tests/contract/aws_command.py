"""Read `aws` commands of the docs as the AWS CLI would, and execute nothing.

The CLI makes its commands from the same service models that botocore carries: a service, an
operation, and an option for each member of its input, all in kebab-case. What is judged here is
what a person at three in the morning would stumble over: names, required options, choices,
numbers, JSON and shorthand, the query. What the shell puts in (`$…`) is taken as it is.
"""

import base64
import binascii
import dataclasses
import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import botocore.session
import jmespath
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from jmespath.exceptions import JMESPathError

Problems = Iterator[str]
# Global options by whether a value follows (AWS CLI version 2, "Command line options").
GLOBAL_OPTIONS: Final[Mapping[str, bool]] = {
    "--cli-binary-format": True,
    "--max-items": True,
    "--no-cli-pager": False,
    "--output": True,
    "--profile": True,
    "--query": True,
    "--region": True,
}
# Commands that the CLI adds to a service without an operation behind them: their options.
OWN_COMMANDS: Final[Mapping[tuple[str, str], Mapping[str, bool]]] = {
    ("logs", "tail"): {
        "--filter-pattern": True,
        "--follow": False,
        "--format": True,
        "--log-stream-names": True,
        "--since": True,
    },
}
RENAMED_SERVICES: Final[Mapping[str, str]] = {"s3api": "s3", "deploy": "codedeploy"}
NUMBERS = frozenset({"integer", "long", "float", "double"})
SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")
# Sorting, slicing and their like mean something else on a page than on the whole.
WHOLE_ANSWER = re.compile(r"\w+_by\(|\[-?\d*:|\[-\d+\]|length\(")
PLACEHOLDER = "$substituted"
SEPARATORS = frozenset(";|&()<>")
SHELL_WORDS = frozenset({"do", "then", "else", "!", "{", "time"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class AwsCommand:
    """One command: service, operation, options with their values, and what stands for itself."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        """Show the command as it would be typed."""
        return shlex.join(("aws", *self.words))


def find_commands(script: str) -> list[AwsCommand]:
    """List the `aws` commands of a shell script, those inside `$(…)` first."""
    # A backtick is only ever meant for itself here, as bash takes it behind a backslash.
    script = script.replace("\\\n", " ").replace("\\`", "`")
    inner = [command for text in SUBSTITUTION.findall(script) for command in find_commands(text)]
    lines = SUBSTITUTION.sub(PLACEHOLDER, script)
    return inner + [
        AwsCommand(words=tuple(words[1:]))
        for words in _simple_commands(lines)
        if words and words[0] == "aws"
    ]


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def find_problems(command: AwsCommand) -> list[str]:
    """Say in a sentence each what the AWS CLI would not take of a command."""
    service_name, operation_name, *rest = (*command.words, "", "")[: max(2, len(command.words))]
    own = OWN_COMMANDS.get((service_name, operation_name))
    if own is not None:
        return list(_judge_own(own, rest))
    try:
        service = _session().get_service_model(RENAMED_SERVICES.get(service_name, service_name))
    except UnknownServiceError:
        return [f"there is no service {service_name!r}"]
    names = {xform_name(name, "-"): name for name in service.operation_names}
    if operation_name not in names:
        return [f"{service_name} has no command {operation_name!r}"]
    operation = service.operation_model(names[operation_name])
    return [*_judge(operation, rest), *_judge_pages(operation, rest)]


def _simple_commands(script: str) -> Iterator[list[str]]:
    for line in _logical_lines(script):
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        lexer.commenters = "#"
        words: list[str] = []
        for word in [*lexer, ";"]:
            if set(word) <= SEPARATORS:
                yield words
                words = []
            elif words or word not in SHELL_WORDS:
                words.append(word)


def _logical_lines(script: str) -> Iterator[str]:
    """Join lines as long as a quotation is open: JSON may stand on several."""
    pending = ""
    for line in script.splitlines():
        pending += line
        try:
            shlex.split(pending, comments=True)
        except ValueError:
            pending += "\n"
            continue
        yield pending
        pending = ""
    if pending:
        raise ValueError(f"a quotation is never closed: {pending[:80]}")


def _judge_own(options: Mapping[str, bool], words: Sequence[str]) -> Problems:
    known = {**options, **GLOBAL_OPTIONS}
    given, positional = _split(words)
    if len(positional) != 1:
        yield f"found {list(positional)}, expected exactly one log group"
    for name, values in given.items():
        if name not in known:
            yield f"unknown option {name}"
        elif bool(values) != known[name]:
            yield f"{name} has the values {values}"


def _judge(operation: OperationModel, words: Sequence[str]) -> Problems:
    members = operation.input_shape.members if operation.input_shape else {}
    required = operation.input_shape.required_members if operation.input_shape else []
    options = {f"--{xform_name(name, '-')}": shape for name, shape in members.items()}
    flags = {f"--no-{name[2:]}" for name, shape in options.items() if shape.type_name == "boolean"}
    # What follows the value of a plain option stands for itself: the file of a streamed answer.
    given, positional = _split(words, options)
    if len(positional) != int(operation.has_streaming_output):
        yield f"found {list(positional)} without an option, expected {_files(operation)}"
    yield from _missing(required, given)
    for name, values in given.items():
        if name in GLOBAL_OPTIONS:
            yield from _judge_global(name, values)
        elif name in flags or name in options:
            yield from _judge_option(name, values, options, raw="--cli-binary-format" in given)
        else:
            yield f"unknown option {name}"


def _judge_pages(operation: OperationModel, words: Sequence[str]) -> Problems:
    """Refuse a query over all of an answer that the CLI would run page by page.

    With text output it does (User Guide, "Filter AWS CLI output").
    """
    given, _ = _split(words)
    query = " ".join(given.get("--query", ()))
    is_text = given.get("--output") == ("text",)
    if is_text and WHOLE_ANSWER.search(query) and _is_pageable(operation):
        yield f"--query {query!r} runs once a page with --output text; take table or json"


def _is_pageable(operation: OperationModel) -> bool:
    pages = _session().get_paginator_model(operation.service_model.service_name)
    try:
        pages.get_paginator(operation.name)
    except ValueError:
        return False
    return True


def _files(operation: OperationModel) -> str:
    return "one output file" if operation.has_streaming_output else "none"


def _missing(required: Sequence[str], given: Mapping[str, tuple[str, ...]]) -> Problems:
    for member in required:
        option = f"--{xform_name(member, '-')}"
        if option not in given and f"--no-{option[2:]}" not in given:
            yield f"{option} is missing"


def _split(
    words: Sequence[str], options: Mapping[str, Shape] | None = None
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Return the options with their values, and the words that belong to none."""
    given: dict[str, list[str]] = {}
    positional: list[str] = []
    name = ""
    for word in words:
        if word.startswith("--"):
            name = word
            given[name] = []
        elif name and len(given[name]) < _max_values(name, options or {}):
            given[name].append(word)
        else:
            positional.append(word)
    return {name: tuple(values) for name, values in given.items()}, tuple(positional)


def _max_values(name: str, options: Mapping[str, Shape]) -> int:
    shape = options.get(name)
    if isinstance(shape, ListShape):
        return 1000
    is_flag = (shape is not None and shape.type_name == "boolean") or name == "--follow"
    return 0 if is_flag or GLOBAL_OPTIONS.get(name) is False else 1


def _judge_global(name: str, values: tuple[str, ...]) -> Problems:
    if len(values) != int(GLOBAL_OPTIONS[name]):
        yield f"{name} has the values {list(values)}"
    elif name == "--query":
        try:
            jmespath.compile(values[0])
        except JMESPathError as error:
            yield f"--query {values[0]!r} is no JMESPath: {error}"


def _judge_option(
    name: str, values: tuple[str, ...], options: Mapping[str, Shape], *, raw: bool
) -> Problems:
    shape = options.get(name)
    if shape is None or shape.type_name == "boolean":
        return
    if not values:
        yield f"{name} has no value"
    elif isinstance(shape, ListShape) and not values[0].startswith("["):
        for value in values:
            yield from _judge_text(name, value, shape.member, raw=raw)
    else:
        yield from _judge_text(name, values[0], shape, raw=raw)


def _judge_text(name: str, text: str, shape: Shape, *, raw: bool) -> Problems:
    if "$" in text and shape.type_name != "blob":
        return
    if text[:1] in "[{" and isinstance(shape, ListShape | StructureShape | MapShape):
        try:
            yield from _judge_json(name, json.loads(text), shape)
        except ValueError as error:
            yield f"{name}: {text!r} is no JSON: {error}"
    elif isinstance(shape, StructureShape):
        keys = [part.partition("=")[0] for part in text.split(",") if "=" in part]
        yield from _unknown_keys(name, keys, shape)
    elif shape.type_name == "blob" and not raw and not _is_base64(text):
        yield f"{name}: {text!r} is no base64; add --cli-binary-format raw-in-base64-out"
    elif shape.type_name in NUMBERS and not re.fullmatch(r"-?\d+(\.\d+)?", text):
        yield f"{name}: {text!r} is no number"
    else:
        yield from _judge_choice(name, text, shape)


def _judge_json(name: str, value: Any, shape: Shape) -> Problems:
    match shape, value:
        case ListShape(), list():
            for item in value:
                yield from _judge_json(name, item, shape.member)
        case StructureShape(), dict():
            yield from _unknown_keys(name, value, shape)
            for key in value.keys() & shape.members.keys():
                yield from _judge_json(name, value[key], shape.members[key])
        case MapShape(), dict():
            for item in value.values():
                yield from _judge_json(name, item, shape.value)
        case _, list() | dict():
            yield f"{name}: found {type(value).__name__}, expected a {shape.type_name}"
        case _, str():
            yield from _judge_choice(name, value, shape)


def _unknown_keys(
    name: str, found: Sequence[str] | Mapping[str, Any], shape: StructureShape
) -> Problems:
    for key in found:
        if key not in shape.members:
            yield f"{name}: unknown key {key!r}, expected some of {sorted(shape.members)}"
    for key in shape.required_members:
        if key not in found:
            yield f"{name}: the key {key!r} is missing"


def _judge_choice(name: str, text: str, shape: Shape) -> Problems:
    choices = getattr(shape, "enum", [])
    if choices and text not in choices:
        yield f"{name}: found {text!r}, expected one of {choices}"


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.startswith(("file://", "fileb://"))
    return True
