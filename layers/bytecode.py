"""Bytecode in a layer, so that a cold start reads modules instead of compiling them.

Only the interpreter a layer is built for can compile for it, since each version of Python has
bytecode of its own; built by another, a layer holds none and works as well, only slower at first.
"""

import compileall
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Final

MOUNT: Final = "/opt"
"""Where Lambda puts a layer: what a traceback names."""


class BytecodeError(Exception):
    """A module of a layer does not compile."""


def describe_bytecode(python_version: str) -> str:
    """Say which bytecode this interpreter gives a layer for a version of Python, if any."""
    return importlib.util.MAGIC_NUMBER.hex() if can_compile(python_version) else "none"


def can_compile(python_version: str) -> bool:
    """Tell whether this interpreter is of the version (major.minor) that will read the layer."""
    ours = ".".join(map(str, sys.version_info[:2]))
    return sys.implementation.name == "cpython" and ours == python_version


def add_bytecode(folder: Path, python_version: str) -> None:
    """Compile every module below a folder, if this interpreter can; the same bytes each time.

    In a process of its own with a fixed hash seed: the order in sets of constants, and which
    constants are shared, depend on both. A layer is read-only, so nobody has to compare
    the bytecode with its source.
    """
    if not can_compile(python_version):
        return
    finished = subprocess.run(
        [sys.executable, "-I", str(Path(__file__)), str(folder)],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        raise BytecodeError(f"not every module compiles:\n{finished.stdout}{finished.stderr}")


def compile_folder(folder: str) -> bool:
    """Compile in this process; return whether every module did."""
    return compileall.compile_dir(
        folder,
        quiet=1,
        stripdir=folder,
        prependdir=MOUNT,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )


if __name__ == "__main__":
    sys.exit(0 if compile_folder(sys.argv[1]) else 1)
