"""Layers hold what functions import and nothing else, the same bytes each time."""

import importlib.util
import marshal
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from layers import inspection
from layers.build import (
    BUILT,
    LAYERS,
    LayerBuildError,
    build_dependencies,
    build_watchkeeper,
    check_reproducible,
    main,
    refresh_layer,
)
from layers.bytecode import BytecodeError, add_bytecode, can_compile
from layers.content import LayerContentError, copy_content, fix_times, is_left_out, measure_content
from layers.inspection import find_unloadable
from layers.target import ROOT, TARGETS

PROCESSORS = {"x86_64": "x86_64", "aarch64": "arm64"}
BROUGHT_BY_LAMBDA = ("boto3", "botocore", "s3transfer", "urllib3", "dateutil", "six")
PACKAGE = Path("python/watchkeeper")
LAMBDAS = [name for name in TARGETS if name != "local"]

# Run by an interpreter that sees nothing but its standard library and the folders it is given.
IMPORT_ALL = """
import importlib, sys
folders, names = sys.argv[1].split(":"), sys.argv[2].split(",")
sys.path[:0] = folders
for name in names:
    module = importlib.import_module(name)
    assert any(module.__file__.startswith(folder) for folder in folders), module.__file__
print(len(names))
"""


@pytest.fixture(scope="module", autouse=True)
def built_layers() -> None:
    """Bring the built layers up to date, as `make layers` does."""
    assert main([f"--platform={name}" for name in TARGETS] + ["--quiet"]) == 0


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Give a copy of the shared package's source that a test may edit."""
    copy = tmp_path / "source"
    shutil.copytree(LAYERS / "watchkeeper", copy)
    return copy


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with boto3 and what it needs, as the Lambda runtime has it."""
    folder = tmp_path_factory.mktemp("beside")
    for name in BROUGHT_BY_LAMBDA:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        place = origin.parent if origin.name == "__init__.py" else origin
        (folder / place.name).symlink_to(place)
    return folder


def sha256_of(source: Path, out: Path) -> str:
    build_watchkeeper(out, source)
    return measure_content(out).sha256


def runtime_modules(layer: Path) -> list[str]:
    files = sorted((layer / "python").rglob("*.py"))
    names = (file.relative_to(layer / "python").with_suffix("").as_posix() for file in files)
    return [name.replace("/", ".").removesuffix(".__init__") for name in names]


def import_all(python: str, folders: Sequence[Path], names: Sequence[str]) -> str:
    command = [python, "-I", "-S", "-B", "-c", IMPORT_ALL]
    finished = subprocess.run(
        [*command, ":".join(map(str, folders)), ",".join(names)],
        env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def python_path(name: str, beside: Path) -> list[Path]:
    built = BUILT / name
    return [built / "watchkeeper" / "python", built / "dependencies" / "python", beside]


def lambda_pythons() -> list[str]:
    """Find the interpreters of Lambda's version here; on many machines there is none."""
    installed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [shutil.which("python3.13"), *map(str, installed.glob("3.13*/bin/python3.13"))]
    probe = ["-c", "import sys; assert sys.version_info[:2] == (3, 13)"]
    return [
        python
        for python in filter(None, found)
        if subprocess.run([python, *probe], capture_output=True, check=False).returncode == 0
    ]


@pytest.mark.parametrize("platform_name", TARGETS)
@pytest.mark.parametrize("layer", ["dependencies", "watchkeeper"])
def test_two_builds_from_nothing_give_the_same_bytes(layer: str, platform_name: str) -> None:
    assert check_reproducible(layer, TARGETS[platform_name]).file_count > 0


def test_the_shared_package_is_the_same_for_every_platform() -> None:
    """But for the bytecode, which is one interpreter's."""
    modules = [
        {
            file.relative_to(BUILT / name): file.read_bytes()
            for file in (BUILT / name / "watchkeeper").rglob("*.py")
        }
        for name in TARGETS
    ]
    assert len({measure_content(BUILT / name / "watchkeeper").sha256 for name in LAMBDAS}) == 1
    assert all(list(other.values()) == list(modules[0].values()) for other in modules)


@pytest.mark.parametrize("layer", ["dependencies", "watchkeeper"])
def test_a_layer_holds_bytecode_that_its_interpreter_reads_unchecked(layer: str) -> None:
    """Compared with its source, it would be compiled anew wherever the times differ."""
    folder = BUILT / "local" / layer
    for module in folder.rglob("*.py"):
        bytecode = Path(importlib.util.cache_from_source(str(module))).read_bytes()
        assert bytecode[:4] == importlib.util.MAGIC_NUMBER
        assert int.from_bytes(bytecode[4:8], "little") == 1, "a hash that nobody checks"
        assert marshal.loads(bytecode[16:]).co_filename == f"/opt/{module.relative_to(folder)}"


@pytest.mark.parametrize("name", LAMBDAS)
def test_a_layer_for_another_interpreter_holds_no_bytecode_of_ours(name: str) -> None:
    folder = BUILT / name / "watchkeeper"
    assert any(folder.rglob("*.pyc")) == can_compile(TARGETS[name].python_version)


def test_a_module_that_does_not_compile_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def f(:")
    with pytest.raises(BytecodeError, match=r"broken\.py"):
        add_bytecode(tmp_path, TARGETS["local"].python_version)


@pytest.mark.parametrize(
    "file",
    [
        "workloads/storytailor/deploy/alarms_pipelines.py",
        "workloads/storytailor/deploy/dashboards.py",
        "workloads/watchkeeper/deploy/alarms.py",
        "workloads/registry.py",
        "environment/model.py",
        "operations/__init__.py",
    ],
)
def test_editing_the_deploy_half_leaves_the_layer_unchanged(
    source: Path, tmp_path: Path, file: str
) -> None:
    before = sha256_of(source, tmp_path / "before")
    with (source / PACKAGE / file).open("a") as edited:
        edited.write("\nEDITED = 1\n")
    assert sha256_of(source, tmp_path / "after") == before


@pytest.mark.parametrize(
    "file",
    [
        "workloads/storytailor/metrics.py",
        "definitions/dashboard.py",
        "definitions/alarm.py",
        "engine_metrics.py",
        "aws_metrics.py",
        "runtime/settings.py",
    ],
)
def test_editing_the_runtime_half_changes_the_layer(
    source: Path, tmp_path: Path, file: str
) -> None:
    before = sha256_of(source, tmp_path / "before")
    with (source / PACKAGE / file).open("a") as edited:
        edited.write("\nEDITED = 1\n")
    assert sha256_of(source, tmp_path / "after") != before


def test_what_running_the_code_leaves_behind_does_not_change_the_layer(
    source: Path, tmp_path: Path
) -> None:
    before = sha256_of(source, tmp_path / "before")
    cache = source / PACKAGE / "checks" / "__pycache__"
    cache.mkdir(exist_ok=True)
    (cache / "runner.cpython-313.pyc").write_bytes(b"compiled")
    (source / PACKAGE / "engine_metrics.py").touch()
    assert sha256_of(source, tmp_path / "after") == before


@pytest.mark.parametrize(
    ("path", "pattern", "left_out"),
    [
        ("python/a/alarms.py", "python/*/alarms.py", True),
        ("python/a/b/alarms.py", "python/*/alarms.py", False),
        ("python/a/alarms.pyc", "python/*/alarms.py", False),
        ("python/environment/model.py", "python/environment/**", True),
        ("python/environments.py", "python/environment/**", False),
        ("more/python/environment/model.py", "python/environment/**", False),
        ("__pycache__/a.pyc", "**/__pycache__/**", True),
        ("a/b/__pycache__/c/d.pyc", "**/__pycache__/**", True),
        ("a/my__pycache__/b.py", "**/__pycache__/**", False),
        ("a/.hidden", "**/.*", True),
        ("a/shown.py", "**/.*", False),
        ("pythonXlock", "python.lock", False),
    ],
)
def test_a_pattern_leaves_out_what_it_says_and_no_more(
    path: str, pattern: str, left_out: bool
) -> None:
    assert is_left_out(path, (pattern,)) is left_out


@pytest.mark.parametrize("platform_name", TARGETS)
def test_the_dependencies_bring_nothing_that_lambda_brings(platform_name: str) -> None:
    packages = {path.name for path in (BUILT / platform_name / "dependencies/python").iterdir()}
    assert {"psycopg", "psycopg_binary", "aws_lambda_powertools", "aws_xray_sdk"} <= packages
    assert packages.isdisjoint({*BROUGHT_BY_LAMBDA, "six.py", "bin", ".lock"})


@pytest.mark.parametrize("platform_name", ["arm64", "x86_64"])
def test_every_binary_is_one_that_lambda_can_load(platform_name: str) -> None:
    folder = BUILT / platform_name / "dependencies"
    assert any(folder.rglob("_psycopg.cpython-313-*.so"))
    assert find_unloadable(folder, TARGETS[platform_name]) == ()


def test_a_binary_of_another_processor_is_refused() -> None:
    found = find_unloadable(BUILT / "x86_64" / "dependencies", TARGETS["arm64"])
    assert any("is for EM_X86_64, expected EM_AARCH64" in sentence for sentence in found)


def test_a_binary_of_a_newer_system_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "LAMBDA_GLIBC", (2, 5))
    found = find_unloadable(BUILT / "arm64" / "dependencies", TARGETS["arm64"])
    assert any("needs glibc 2." in sentence and "Lambda has 2.5" in sentence for sentence in found)


def test_a_binary_of_another_python_is_refused(tmp_path: Path) -> None:
    [right] = (BUILT / "arm64" / "dependencies").rglob("_psycopg.cpython-313-*.so")
    shutil.copyfile(right, tmp_path / "_psycopg.cpython-312-aarch64-linux-gnu.so")
    shutil.copyfile(right, tmp_path / "_psycopg.abi3.so")
    [found] = find_unloadable(tmp_path, TARGETS["arm64"])
    assert found.endswith("is built for cpython-312, expected cpython-313 or abi3")


def test_a_library_that_is_not_elf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "libpq.so.5").write_text("an archive of another system")
    assert find_unloadable(tmp_path, TARGETS["arm64"]) == (
        "libpq.so.5 is named as a shared library but is not an ELF file",
    )


def test_every_runtime_module_imports_from_the_layers_alone(beside: Path) -> None:
    names = runtime_modules(BUILT / "local" / "watchkeeper")
    assert "watchkeeper.workloads.storytailor.metrics" in names
    assert import_all(sys.executable, python_path("local", beside), names) == str(len(names))


def test_every_handler_imports_from_the_layers_alone(beside: Path) -> None:
    functions = ROOT / "functions"
    handlers = [f"{path.parent.name}.handler" for path in sorted(functions.glob("*/handler.py"))]
    assert handlers
    folders = [functions, *python_path("local", beside)]
    assert import_all(sys.executable, folders, handlers) == str(len(handlers))


def test_the_layers_for_lambda_import_where_its_python_is_at_hand(beside: Path) -> None:
    platform_name = PROCESSORS.get(platform.machine())
    interpreters = lambda_pythons() if sys.platform == "linux" and platform_name else []
    for python in interpreters:
        names = runtime_modules(BUILT / str(platform_name) / "watchkeeper")
        folders = python_path(str(platform_name), beside)
        assert import_all(python, folders, names) == str(len(names))


def test_a_second_build_does_no_work_and_an_edited_folder_is_mended(tmp_path: Path) -> None:
    target = TARGETS["local"]
    first, built = refresh_layer("dependencies", target, tmp_path)
    assert built
    assert refresh_layer("dependencies", target, tmp_path) == (first, False)
    (tmp_path / "dependencies" / "python" / "intruder.py").write_text("")
    assert refresh_layer("dependencies", target, tmp_path) == (first, True)
    assert not (tmp_path / "dependencies" / "python" / "intruder.py").exists()


def test_files_have_one_mode_and_share_nothing_with_the_cache() -> None:
    for path in (BUILT / "arm64").rglob("python/**/*.py"):
        status = path.stat()
        assert (status.st_mode & 0o777, status.st_nlink) == (0o644, 1), path


def test_a_file_s_time_follows_from_its_content_alone(tmp_path: Path) -> None:
    """The CDK takes a file of the same inode, size and time for unchanged."""
    times: list[float] = []
    for turn, content in enumerate(("MAX_COUNT = 10", "MAX_COUNT = 20", "MAX_COUNT = 10")):
        source, copy = tmp_path / f"source-{turn}", tmp_path / f"copy-{turn}"
        source.mkdir()
        (source / "metrics.py").write_text(content)
        copy_content(source, copy, ())
        fix_times(copy)
        times.append((copy / "metrics.py").stat().st_mtime)
    assert times[0] == times[2]
    assert times[0] != times[1]


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "link.py").symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(LayerContentError, match="a layer holds files only"):
        copy_content(tmp_path / "source", tmp_path / "copy", ())


def test_a_missing_installer_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layers.build.INSTALLER", ROOT / ".tools" / "nowhere" / "uv")
    with pytest.raises(LayerBuildError, match="run: make setup"):
        build_dependencies(TARGETS["local"], tmp_path / "layer")


def test_one_folder_cannot_take_the_layers_of_two_platforms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--platform=arm64", "--platform=local", f"--out={tmp_path}"])
    assert "--out takes one --platform" in capsys.readouterr().err
