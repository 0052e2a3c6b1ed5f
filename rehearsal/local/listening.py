"""See on which addresses a process and its children listen (Linux)."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

PROC = Path("/proc")
LISTEN = "0A"


@dataclass(frozen=True, kw_only=True, order=True)
class ListeningSocket:
    """Name one address and port on which something listens."""

    address: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Tell whether only this machine can reach it."""
        return ip_address(self.address).is_loopback


def process_tree(process_id: int) -> set[int]:
    """Return the ids of a process and all its descendants."""
    parents: dict[int, int] = {}
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            # The second field is the program's name in brackets and may hold anything.
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    tree = {process_id}
    while grown := {child for child, parent in parents.items() if parent in tree} - tree:
        tree |= grown
    return tree


def listening_sockets(process_ids: Iterable[int]) -> set[ListeningSocket]:
    """Return what the given processes listen on over TCP."""
    owned = {inode for process_id in process_ids for inode in _socket_inodes(process_id)}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in (PROC / "net" / table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTEN and fields[9] in owned:
                address, port = fields[1].split(":")
                found.add(ListeningSocket(address=_to_address(address), port=int(port, 16)))
    return found


def _socket_inodes(process_id: int) -> set[str]:
    inodes = set()
    try:
        for descriptor in (PROC / str(process_id) / "fd").iterdir():
            target = str(descriptor.readlink())
            if target.startswith("socket:["):
                inodes.add(target[len("socket:[") : -1])
    except OSError:
        # The process has gone, and its sockets with it.
        return inodes
    return inodes


def _to_address(hexadecimal: str) -> str:
    # The kernel prints each 32-bit word in this machine's byte order.
    words = [int(hexadecimal[start : start + 8], 16) for start in range(0, len(hexadecimal), 8)]
    packed = b"".join(struct.pack("=I", word) for word in words)
    return str(ip_address(packed))
