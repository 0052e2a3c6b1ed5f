"""Copies of the built layers to start functions from, and a layer for the bare handler."""

import compileall
import importlib.util
import shutil
from pathlib import Path

from rehearsal.local.workspace import REPOSITORY

BUILT = REPOSITORY / "build" / "layers" / "local"
OUR_LAYERS = ("dependencies", "watchkeeper")
BARE_LAYER = "psycopg"
# All that psycopg needs; before Python 3.13 that includes typing_extensions.
BARE_CONTENT = ("psycopg", "psycopg_binary", "psycopg_binary.libs", "typing_extensions.py")
# What the Lambda runtime brings along; here it comes from the development environment.
BROUGHT_ALONG = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "urllib3")


def copy_layers(directory: Path, *, with_bytecode: bool) -> Path:
    """Copy the layers of this machine to a new directory, and compile them if asked to."""
    if not BUILT.is_dir():
        raise FileNotFoundError("the layers of this machine are missing; build them: make layers")
    leave_bytecode = shutil.ignore_patterns("__pycache__")
    for name in OUR_LAYERS:
        shutil.copytree(BUILT / name, directory / name, ignore=leave_bytecode)
    source = BUILT / "dependencies" / "python"
    bare = directory / BARE_LAYER / "python"
    bare.mkdir(parents=True)
    for name in BARE_CONTENT:
        if (source / name).is_dir():
            shutil.copytree(source / name, bare / name, ignore=leave_bytecode)
        elif (source / name).exists():
            shutil.copy2(source / name, bare / name)
    if with_bytecode:
        compileall.compile_dir(directory, quiet=2)
    return directory


def compile_what_is_brought_along() -> None:
    """Compile boto3 and what it needs: an installer may have left that to the first import."""
    for name in BROUGHT_ALONG:
        spec = importlib.util.find_spec(name)
        for folder in (spec and spec.submodule_search_locations) or ():
            compileall.compile_dir(folder, quiet=2)
