import os
import socket
import subprocess
import sys

import pytest

from rehearsal.local.listening import ListeningSocket, listening_sockets, process_tree


@pytest.mark.parametrize(
    ("address", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.7", False),
    ],
)
def test_only_addresses_of_this_machine_alone_are_loopback(address: str, is_loopback: bool) -> None:
    assert ListeningSocket(address=address, port=1).is_loopback == is_loopback


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1")]
)
def test_a_listening_socket_is_found_and_a_bound_one_is_not(
    family: socket.AddressFamily, address: str
) -> None:
    with socket.socket(family) as one:
        one.bind((address, 0))
        expected = ListeningSocket(address=address, port=one.getsockname()[1])
        assert expected not in listening_sockets([os.getpid()])
        one.listen()
        assert expected in listening_sockets([os.getpid()])
        assert expected not in listening_sockets([1])


def test_the_tree_of_a_process_holds_its_grandchildren() -> None:
    grandchild = "import time; print('up', flush=True); time.sleep(600)"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", child], stdout=subprocess.PIPE, process_group=0
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        tree = process_tree(process.pid)
        os.killpg(process.pid, 9)
    assert process.pid in tree
    assert len(tree) == 2
    assert os.getpid() not in tree
