"""Reads a layer's binaries, to find those that Lambda could not load."""

import re
from collections.abc import Iterator
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from layers.content import list_files
from layers.target import LAMBDA_GLIBC, LAMBDA_PYTHON, LayerTarget

_LIBRARY = re.compile(r"\.so(\.\d+)*$")
_EXTENSION_TAG = re.compile(r"\.(?P<tag>cpython-\d+|abi3)[^/]*\.so$")
_GLIBC = re.compile(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?")
_MAGIC = b"\x7fELF"


def find_unloadable(folder: Path, target: LayerTarget) -> tuple[str, ...]:
    """List in one sentence each the binaries that the target could not load."""
    if target.elf_machine is None:
        return ()
    problems: list[str] = []
    for relative, path in list_files(folder):
        if _is_binary(path):
            problems.extend(f"{relative} {problem}" for problem in _inspect(path, target))
    return tuple(problems)


def _is_binary(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC or _LIBRARY.search(path.name) is not None


def _inspect(path: Path, target: LayerTarget) -> Iterator[str]:
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            yield "is named as a shared library but is not an ELF file"
            return
        elf = ELFFile(file)
        machine = elf["e_machine"]
        if machine != target.elf_machine:
            yield f"is for {machine}, expected {target.elf_machine}"
        newest = max(_needed_glibc(elf), default=(0, 0))
        if newest > LAMBDA_GLIBC:
            yield f"needs glibc {_dotted(newest)}, Lambda has {_dotted(LAMBDA_GLIBC)}"
    expected = f"cpython-{LAMBDA_PYTHON.replace('.', '')}"
    extension = _EXTENSION_TAG.search(path.name)
    if extension and extension["tag"] not in (expected, "abi3"):
        yield f"is built for {extension['tag']}, expected {expected} or abi3"


def _needed_glibc(elf: ELFFile) -> Iterator[tuple[int, int]]:
    for section in elf.iter_sections():
        if isinstance(section, GNUVerNeedSection):
            for _library, versions in section.iter_versions():
                for version in versions:
                    match = _GLIBC.fullmatch(version.name)
                    if match:
                        yield int(match[1]), int(match[2])


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
