"""What a layer is built for: a processor and an interpreter."""

import dataclasses
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from layers.bytecode import describe_bytecode

LAMBDA_PYTHON: Final = "3.13"
LAMBDA_GLIBC: Final = (2, 34)
"""What the Lambda runtime's Amazon Linux 2023 brings; no binary may ask for a newer one."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class LayerTarget:
    """One machine that layers are built for, in the words of the installer and of ELF."""

    name: str
    installer_arguments: tuple[str, ...]
    fingerprint: str
    python_version: str
    """The interpreter that reads the layer: major.minor."""
    elf_machine: str | None
    """The name pyelftools gives the processor; None where binaries are the developer's own."""


def _lambda_target(name: str, processor: str, elf_machine: str) -> LayerTarget:
    platform = f"{processor}-manylinux_{LAMBDA_GLIBC[0]}_{LAMBDA_GLIBC[1]}"
    return LayerTarget(
        name=name,
        installer_arguments=("--python-platform", platform, "--python-version", LAMBDA_PYTHON),
        fingerprint=f"{platform} {LAMBDA_PYTHON} {describe_bytecode(LAMBDA_PYTHON)}",
        python_version=LAMBDA_PYTHON,
        elf_machine=elf_machine,
    )


def _local_target() -> LayerTarget:
    return LayerTarget(
        name="local",
        installer_arguments=(),
        fingerprint=f"{sysconfig.get_platform()} {sys.version}",
        python_version=sysconfig.get_python_version(),
        elf_machine=None,
    )


TARGETS: Final[Mapping[str, LayerTarget]] = {
    target.name: target
    for target in (
        _lambda_target("arm64", "aarch64", "EM_AARCH64"),
        _lambda_target("x86_64", "x86_64", "EM_X86_64"),
        _local_target(),
    )
}
ROOT: Final = Path(__file__).resolve().parent.parent
