"""The house's rule of who may import whom, held by every source file."""

import re
from pathlib import Path

import pytest

from layers.content import is_left_out, read_patterns
from tests.contract.import_rules import LAYER, ROOMS, find_room, find_violations, list_modules

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = f"{LAYER}/watchkeeper"
WORKLOADS = f"{PACKAGE}/workloads"
# Spelled in two halves, so that this file does not hold it either.
SERVICE_VARIABLE = "POWERTOOLS" + "_SERVICE_NAME"

FORBIDDEN = [
    # file, import, what the sentence must name
    (f"{PACKAGE}/definitions/metric.py", "import pydantic", "pydantic"),
    (
        f"{PACKAGE}/definitions/metric.py",
        "from watchkeeper import engine_metrics",
        "engine_metrics",
    ),
    (f"{PACKAGE}/aws_metrics.py", "import watchkeeper.engine_metrics", "engine_metrics"),
    (f"{PACKAGE}/engine_metrics.py", "from watchkeeper.aws_metrics import ERRORS", "aws_metrics"),
    (f"{PACKAGE}/environment/model.py", "import boto3", "boto3"),
    (f"{PACKAGE}/environment/model.py", "from watchkeeper.runtime.settings import V", "settings"),
    (f"{PACKAGE}/runtime/settings.py", "from watchkeeper.runtime import clients", "runtime"),
    (f"{WORKLOADS}/one/metrics.py", "from watchkeeper.environment import model", "environment"),
    (f"{WORKLOADS}/one/metrics.py", "from watchkeeper.aws_metrics import ERRORS", "aws_metrics"),
    (
        f"{WORKLOADS}/one/metrics.py",
        "from watchkeeper.workloads.one.deploy import x",
        "deploy half",
    ),
    (
        f"{WORKLOADS}/one/metrics.py",
        "from watchkeeper.workloads.two import x",
        "runtime half of two",
    ),
    (f"{WORKLOADS}/one/jobs.py", "from watchkeeper.workloads import registry", "registry"),
    (
        f"{WORKLOADS}/one/deploy/a.py",
        "from watchkeeper.workloads import two",
        "runtime half of two",
    ),
    (f"{WORKLOADS}/one/deploy/a.py", "import watchkeeper.workloads.two.deploy", "half of two"),
    (f"{WORKLOADS}/one/deploy/a.py", "from watchkeeper.workloads import registry", "registry"),
    (f"{WORKLOADS}/one/deploy/a.py", "from watchkeeper.checks import runner", "checks"),
    (f"{WORKLOADS}/one/deploy/a.py", "from aws_cdk import Stack", "aws_cdk"),
    (f"{WORKLOADS}/registry.py", "from watchkeeper.collection import x", "collection"),
    (f"{PACKAGE}/ledger/table.py", "from watchkeeper.runtime import clients", "runtime"),
    (f"{PACKAGE}/ledger/table.py", "import boto3", "boto3"),
    (f"{PACKAGE}/emission/emf.py", "from watchkeeper.runtime import clients", "runtime"),
    (f"{PACKAGE}/emission/emf.py", "import boto3", "boto3"),
    (f"{PACKAGE}/runtime/clients.py", "from watchkeeper.checks import runner", "checks"),
    (f"{PACKAGE}/runtime/clients.py", "import psycopg", "psycopg"),
    (f"{PACKAGE}/collection/x.py", "from watchkeeper.checks import runner", "checks"),
    (f"{PACKAGE}/collection/x.py", "from watchkeeper.environment import model", "environment"),
    (f"{PACKAGE}/checks/x.py", "from watchkeeper.backup import job", "backup"),
    (f"{PACKAGE}/detection/x.py", "from watchkeeper.definitions import metric", "definitions"),
    (f"{PACKAGE}/checks/x.py", "import requests", "requests"),
    (f"{PACKAGE}/checks/x.py", "import watchkeeper.workloads.one.deploy.a", "deploy half"),
    (f"{PACKAGE}/backup/x.py", "from watchkeeper.checks import runner", "checks"),
    (f"{PACKAGE}/backup/x.py", "import psycopg", "psycopg"),
    (f"{PACKAGE}/archive/x.py", "from watchkeeper.ledger import lease", "ledger"),
    (f"{PACKAGE}/archive/x.py", "import watchkeeper.operations", "operations"),
    (f"{PACKAGE}/drill/x.py", "from watchkeeper.backup import job", "backup"),
    (f"{PACKAGE}/canary/x.py", "from watchkeeper.checks import runner", "checks"),
    (f"{PACKAGE}/backup/x.py", "from watchkeeper.operations import plan", "operations"),
    (f"{PACKAGE}/operations/x.py", "import psycopg", "psycopg"),
    (f"{PACKAGE}/operations/x.py", "import rehearsal.states", "rehearsal"),
    (f"{PACKAGE}/reports/x.py", "from watchkeeper.backup import job", "backup"),
    (f"{PACKAGE}/other/x.py", "import boto3", "no room"),
    ("functions/a/handler.py", "import infra", "infra"),
    ("functions/a/handler.py", "import rehearsal.local", "rehearsal"),
    ("functions/a/handler.py", "from functions.b import handler", "function b"),
    ("functions/a/handler.py", "from watchkeeper.workloads.one.deploy import a", "deploy half"),
    ("functions/a/handler.py", "from watchkeeper.environment.model import x", "environment"),
    ("functions/a/handler.py", "import boto3", "boto3"),
    ("infra/stacks/a.py", "from functions.a import handler", "function a"),
    ("infra/stacks/a.py", "from watchkeeper.checks import runner", "checks"),
    ("infra/stacks/a.py", "from watchkeeper.runtime import clients", "runtime"),
    ("infra/stacks/a.py", "import rehearsal", "rehearsal"),
    ("infra/stacks/a.py", "import boto3", "boto3"),
    ("app.py", "import rehearsal", "rehearsal"),
    ("rehearsal/engine/alarm.py", "import boto3", "boto3"),
    ("rehearsal/engine/alarm.py", "from watchkeeper.definitions import metric", "definitions"),
    ("rehearsal/engine/alarm.py", "import rehearsal.local.up", "rehearsal"),
    ("rehearsal/lint/rules.py", "import rehearsal.local.up", "rehearsal"),
    ("rehearsal/scenario/model.py", "from watchkeeper.definitions import metric", "definitions"),
    ("rehearsal/scenario/model.py", "import rehearsal.world.rows", "world"),
    ("rehearsal/world/rows.py", "import moto", "moto"),
    ("rehearsal/world/rows.py", "from watchkeeper.runtime import scheduled", "runtime"),
    ("rehearsal/runner/host.py", "from functions.a import handler", "function a"),
    ("rehearsal/runner/host.py", "from watchkeeper.collection import x", "collection"),
    ("rehearsal/local/up.py", "import aws_cdk", "aws_cdk"),
    ("rehearsal/local/up.py", "from infra import stacks", "infra"),
    ("rehearsal/local/up.py", "from functions.a import handler", "function a"),
    ("layers/build.py", "import watchkeeper.definitions", "definitions"),
    ("layers/build.py", "import boto3", "boto3"),
    # one place for tracing, one for metrics
    (f"{PACKAGE}/runtime/scheduled.py", "import aws_xray_sdk.core", "runtime.tracing"),
    (f"{PACKAGE}/runtime/x.py", "from aws_lambda_powertools import Tracer", "runtime.tracing"),
    (f"{PACKAGE}/runtime/x.py", "import aws_lambda_powertools.tracing", "runtime.tracing"),
    (f"{PACKAGE}/runtime/x.py", "from aws_lambda_powertools import Metrics", "emission"),
    (f"{PACKAGE}/runtime/x.py", "from aws_lambda_powertools.metrics import y", "emission"),
    (f"{PACKAGE}/runtime/x.py", "from aws_lambda_powertools import single_metric", "emission"),
    # imports that hide
    ("functions/a/handler.py", "def f() -> None:\n    import infra", "infra"),
    ("functions/a/handler.py", "import importlib\nimportlib.import_module('infra')", "infra"),
    (f"{PACKAGE}/checks/x.py", "from .. import backup", "relatively"),
    (f"{PACKAGE}/checks/x.py", "import json, watchkeeper.backup", "backup"),
]

ALLOWED = [
    (f"{PACKAGE}/definitions/alarm.py", "from watchkeeper.definitions.metric import M\nimport re"),
    (f"{PACKAGE}/aws_metrics.py", "from watchkeeper.definitions import metric"),
    (f"{PACKAGE}/engine_metrics.py", "from watchkeeper.definitions import metric"),
    (f"{PACKAGE}/environment/model.py", "import pydantic\nimport watchkeeper.definitions.errors"),
    (f"{PACKAGE}/runtime/settings.py", "from watchkeeper.definitions.check import C"),
    (f"{WORKLOADS}/one/jobs.py", "from watchkeeper.workloads.one import metrics"),
    (f"{WORKLOADS}/one/deploy/a.py", "from watchkeeper.workloads.one import metrics"),
    (f"{WORKLOADS}/one/deploy/a.py", "from watchkeeper.environment import model"),
    (f"{WORKLOADS}/one/deploy/a.py", "from watchkeeper.runtime.settings import S"),
    (f"{WORKLOADS}/registry.py", "from watchkeeper.workloads.two.deploy import workload"),
    (f"{PACKAGE}/ledger/table.py", "from watchkeeper.definitions import errors"),
    (f"{PACKAGE}/emission/emf.py", "from aws_lambda_powertools.metrics import x"),
    (f"{PACKAGE}/runtime/tracing.py", "from aws_lambda_powertools import Tracer"),
    (f"{PACKAGE}/runtime/scheduled.py", "from watchkeeper.emission import emf"),
    (f"{PACKAGE}/runtime/clients.py", "import boto3\nfrom mypy_boto3_ssm import SSMClient"),
    (f"{PACKAGE}/collection/x.py", "import psycopg\nfrom watchkeeper.ledger import table"),
    (f"{PACKAGE}/checks/x.py", "from watchkeeper.collection import y"),
    (f"{PACKAGE}/backup/x.py", "from watchkeeper.runtime import scheduled"),
    ("functions/a/handler.py", "from watchkeeper.backup import job"),
    ("infra/stacks/a.py", "import aws_cdk\nfrom watchkeeper.workloads import registry"),
    ("app.py", "from infra.application import x"),
    ("rehearsal/local/up.py", "from watchkeeper.workloads.one import jobs\nimport boto3"),
    ("layers/build.py", "from layers.content import x"),
]


def write_miniature(root: Path, file: str, source: str) -> Path:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return root


def test_no_source_file_imports_what_its_room_may_not() -> None:
    violations = find_violations(ROOT)
    assert not violations, "\n" + "\n".join(map(str, violations))


@pytest.mark.parametrize(("file", "source", "named"), FORBIDDEN)
def test_a_forbidden_import_is_found(tmp_path: Path, file: str, source: str, named: str) -> None:
    [violation] = find_violations(write_miniature(tmp_path, file, source))
    assert violation.path == file
    assert named in violation.sentence


@pytest.mark.parametrize(("file", "source"), ALLOWED)
def test_a_listed_import_is_no_violation(tmp_path: Path, file: str, source: str) -> None:
    assert find_violations(write_miniature(tmp_path, file, source)) == []


def test_a_checkout_without_any_of_the_folders_has_no_violation(tmp_path: Path) -> None:
    assert find_violations(tmp_path) == []


def test_every_room_has_at_least_one_forbidden_import_above() -> None:
    tried = {
        room.kind
        for file, _, _ in FORBIDDEN
        if (room := find_room(file.removeprefix(f"{LAYER}/").removesuffix(".py").replace("/", ".")))
    }
    assert tried == {kind for _, kind in ROOMS}


def test_the_layer_leaves_out_exactly_the_deploy_half() -> None:
    patterns = read_patterns(ROOT / "layers" / "watchkeeper" / "left_out.txt")
    deployed = ("environment", "operations", "registry", "deploy half of")
    for path, module in list_modules(ROOT):
        if ROOT / LAYER in path.parents:
            relative = path.relative_to(ROOT / "layers" / "watchkeeper").as_posix()
            in_deploy_half = str(find_room(module)).startswith(deployed)
            assert is_left_out(relative, patterns) == in_deploy_half, relative


def test_no_file_names_the_variable_that_adds_a_dimension_to_every_metric() -> None:
    kinds = re.compile(r"\.(py|toml|json|ya?ml|sh|txt)$|^Makefile$")
    folders = ("app.py", "cdk.json", "Makefile", "environments", "functions", "infra", "layers")
    for place in (ROOT / name for name in (*folders, "rehearsal", "tests", "benchmarks", ".ci")):
        for path in [place] if place.is_file() else place.rglob("*"):
            if path.is_file() and kinds.search(path.name):
                assert SERVICE_VARIABLE not in path.read_text(encoding="utf-8"), path
