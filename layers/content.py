"""The content of a layer's folder: which files it takes, in which form, and its hash."""

import dataclasses
import functools
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

_EARLIEST_SECONDS: Final = 315_532_800
"""1980-01-01, the earliest time a ZIP archive can hold."""
_SPAN_SECONDS: Final = 2**30
"""34 years, so that no file looks as if it came from the future."""


class LayerContentError(Exception):
    """A layer cannot be made of what was found."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class LayerContent:
    """What a layer's folder holds."""

    sha256: str
    file_count: int
    size_bytes: int

    def __str__(self) -> str:
        """Say it in the words of the build's report."""
        megabytes = self.size_bytes / 1_000_000
        return f"sha256:{self.sha256}  {self.file_count} files, {megabytes:.2f} MB"


@functools.cache
def _expression(pattern: str) -> re.Pattern[str]:
    """Translate an anchored pattern: * stays within a name, ** spans folders."""
    spans = {"**/": r"(?:[^/]+/)*", "**": ".*", "*": "[^/]*"}
    parts = re.split(r"(\*\*/|\*\*|\*)", pattern)
    return re.compile("".join(spans.get(part, re.escape(part)) for part in parts))


def is_left_out(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether a path, relative to the layer's root, matches one of the patterns."""
    return any(_expression(pattern).fullmatch(path) for pattern in patterns)


def read_patterns(path: Path) -> tuple[str, ...]:
    """Read a list of patterns, one a line; empty lines and lines with # are for the reader."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def list_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file below a folder, sorted, with its path relative to the folder."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    yield from sorted((path.relative_to(folder).as_posix(), path) for path in found)


def copy_content(source: Path, destination: Path, patterns: Sequence[str]) -> None:
    """Copy a folder without what the patterns leave out, with reproducible modes.

    Files are copied, not linked: the installer's own are shared with its cache.
    """
    for relative, path in list_files(source):
        if is_left_out(relative, patterns):
            continue
        if path.is_symlink():
            message = f"{path} is a symbolic link; a layer holds files only"
            raise LayerContentError(message)
        copy = destination / relative
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        copy.chmod(0o644)


def fix_times(folder: Path) -> None:
    """Give every file of a folder the time that its content decides."""
    for _, path in list_files(folder):
        modified_seconds = _content_time(path.read_bytes())
        os.utime(path, (modified_seconds, modified_seconds))


def _content_time(content: bytes) -> int:
    """Derive a file's time from its content.

    One time for all would be as reproducible, but the CDK remembers hashes (in ~/.cdk) by inode,
    time and size: a file rebuilt in the same size would keep its old hash and not be deployed.
    """
    digest = hashlib.sha256(content).digest()
    return _EARLIEST_SECONDS + int.from_bytes(digest[:8], "big") % _SPAN_SECONDS


def measure_content(folder: Path) -> LayerContent:
    """Hash a layer's folder: names and bytes of all its files, in order."""
    digest = hashlib.sha256()
    file_count = size_bytes = 0
    for relative, path in list_files(folder):
        content = path.read_bytes()
        digest.update(f"{relative}\0{len(content)}\0".encode())
        digest.update(content)
        file_count += 1
        size_bytes += len(content)
    return LayerContent(sha256=digest.hexdigest(), file_count=file_count, size_bytes=size_bytes)
