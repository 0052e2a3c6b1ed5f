"""What numbers were measured on, as far as others can compare it."""

import os
import platform


def describe_machine() -> str:
    """Return cores, memory, system and Python; nothing that names the machine."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {gigabytes:.0f} GB of memory, "
        f"{platform.system()}, Python {platform.python_version()}"
    )
