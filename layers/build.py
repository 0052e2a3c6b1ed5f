"""Builds the Lambda layers: python -m layers.build --platform arm64 [--check].

Two folders per platform, ready to be a layer each: `dependencies` holds the third-party wheels of
requirements/runtime.txt, `watchkeeper` the shared package without its deploy half. The same
input gives the same bytes, so a layer is published again only when its content has changed.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from layers.bytecode import BytecodeError, add_bytecode, can_compile
from layers.content import (
    LayerContent,
    LayerContentError,
    copy_content,
    fix_times,
    is_left_out,
    list_files,
    measure_content,
    read_patterns,
)
from layers.inspection import find_unloadable
from layers.target import ROOT, TARGETS, LayerTarget

LAYERS: Final = ROOT / "layers"
BUILT: Final = ROOT / "build" / "layers"
LOCK: Final = ROOT / "requirements" / "runtime.txt"
INSTALLER: Final = ROOT / ".tools" / "venv" / "bin" / "uv"
LAYER_NAMES: Final = ("dependencies", "watchkeeper")


class LayerBuildError(Exception):
    """A layer could not be built, or is not what it has to be."""


def build_layer(name: str, target: LayerTarget, folder: Path) -> None:
    """Build one layer, with its bytecode, into a folder that does not exist yet."""
    if name == "watchkeeper":
        build_watchkeeper(folder)
    else:
        build_dependencies(target, folder)
    add_bytecode(folder, target.python_version)
    fix_times(folder)


def build_dependencies(target: LayerTarget, folder: Path) -> None:
    """Install the locked wheels for a target and refuse binaries that it could not load."""
    with _scratch_folder() as scratch:
        _install_wheels(target, scratch / "python")
        copy_content(scratch, folder, read_patterns(LAYERS / "dependencies" / "left_out.txt"))
    unloadable = find_unloadable(folder, target)
    if unloadable:
        message = f"the dependencies for {target.name} would not load: {'; '.join(unloadable)}"
        raise LayerBuildError(message)


def build_watchkeeper(folder: Path, source: Path = LAYERS / "watchkeeper") -> None:
    """Copy what functions import of the shared package."""
    copy_content(source, folder, read_patterns(source / "left_out.txt"))


def _install_wheels(target: LayerTarget, folder: Path) -> None:
    if not INSTALLER.exists():
        message = f"{INSTALLER.relative_to(ROOT)} is missing; run: make setup"
        raise LayerBuildError(message)
    command = [
        *(str(INSTALLER), "pip", "install", "--quiet", "--requirements", str(LOCK)),
        *("--require-hashes", "--no-deps", "--only-binary", ":all:"),
        *("--python", sys.executable, "--target", str(folder)),
        *target.installer_arguments,
    ]
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    environment.setdefault("UV_CACHE_DIR", str(ROOT / ".tools" / "cache" / "uv"))
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        message = f"wheels for {target.name} could not be installed:\n{finished.stderr.strip()}"
        raise LayerBuildError(message)


def refresh_layer(name: str, target: LayerTarget, out: Path) -> tuple[LayerContent, bool]:
    """Bring a layer's folder up to date; return its content and whether it had to be replaced.

    A layer is built anew only when what decides it has changed, or its folder is not as it was
    built. The folder is exchanged whole, never edited.
    """
    folder, record = out / name, out / f"{name}.json"
    decided_by = _fingerprint(name, target)
    current = measure_content(folder) if folder.is_dir() else None
    if current is not None and _is_recorded(record, current, decided_by):
        return current, False
    with _scratch_folder() as scratch:
        build_layer(name, target, scratch / name)
        built = measure_content(scratch / name)
        replaced = built != current
        if replaced:
            _exchange(scratch / name, folder)
    record.write_text(json.dumps({"decided_by": decided_by, "sha256": built.sha256}) + "\n")
    return built, replaced


def _fingerprint(name: str, target: LayerTarget) -> str:
    digest = hashlib.sha256(target.fingerprint.encode())
    for path in (*_inputs(name), *sorted(LAYERS.glob("*.py")), LAYERS / name / "left_out.txt"):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _inputs(name: str) -> Sequence[Path]:
    if name == "dependencies":
        return (LOCK, ROOT / "requirements" / "tools.txt")
    patterns = read_patterns(LAYERS / name / "left_out.txt")
    files = list_files(LAYERS / name)
    return tuple(path for relative, path in files if not is_left_out(relative, patterns))


def _is_recorded(record: Path, current: LayerContent, decided_by: str) -> bool:
    expected = {"decided_by": decided_by, "sha256": current.sha256}
    return record.exists() and json.loads(record.read_text()) == expected


def _exchange(built: Path, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        folder.rename(built.parent / "replaced")
    built.rename(folder)


@contextmanager
def _scratch_folder() -> Iterator[Path]:
    """Provide a folder beside the built layers, so that moving it there is one step."""
    BUILT.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".scratch-", dir=BUILT))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch)


@contextmanager
def _one_build_at_a_time() -> Iterator[None]:
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def check_reproducible(name: str, target: LayerTarget) -> LayerContent:
    """Build a layer twice from nothing and refuse a difference."""
    with _scratch_folder() as scratch:
        build_layer(name, target, scratch / "first")
        build_layer(name, target, scratch / "second")
        first, second = (measure_content(scratch / turn) for turn in ("first", "second"))
    if first != second:
        message = f"{name} for {target.name} differs between two builds: {first} and {second}"
        raise LayerBuildError(message)
    return first


def main(arguments: Sequence[str] | None = None) -> int:
    """Build or check the layers that the command line asks for; return the exit code."""
    options = _parse(arguments)
    try:
        with _one_build_at_a_time():
            for name, target in ((n, TARGETS[p]) for p in options.platform for n in LAYER_NAMES):
                if options.check:
                    content, remark = check_reproducible(name, target), "the same twice"
                else:
                    out = options.out or BUILT / target.name
                    content, replaced = refresh_layer(name, target, out)
                    remark = "built" if replaced else "up to date"
                    if not can_compile(target.python_version):
                        remark += f", no bytecode: this is not Python {target.python_version}"
                if not (options.quiet and remark.startswith("up to date")):
                    print(f"{name:12} {target.name:6} {content}  ({remark})")
    except (BytecodeError, LayerBuildError, LayerContentError) as error:
        print(f"layers: {error}", file=sys.stderr)
        return 1
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m layers.build", description=__doc__)
    parser.add_argument(
        "--platform", choices=sorted(TARGETS), action="append", required=True, help="repeatable"
    )
    parser.add_argument("--out", type=Path, help="folder for one platform's layers")
    parser.add_argument("--check", action="store_true", help="build twice and compare")
    parser.add_argument("--quiet", action="store_true", help="say only what was built")
    options = parser.parse_args(arguments)
    if options.out and len(options.platform) > 1:
        parser.error("--out takes one --platform")
    return options


if __name__ == "__main__":
    sys.exit(main())
