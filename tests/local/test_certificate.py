import json
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rehearsal.local.certificate import RunCertificate, create_certificate


def serve_once(certificate: RunCertificate) -> int:
    """Answer one TLS connection and return the port it is awaited on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with listener:
            client, _ = listener.accept()
            with client:
                try:
                    with context.wrap_socket(client, server_side=True) as trusted:
                        trusted.recv(1)
                except (ssl.SSLError, ConnectionError):
                    return

    threading.Thread(target=answer, daemon=True).start()
    return int(listener.getsockname()[1])


def reach(port: int, name: str, authority: Path) -> None:
    context = ssl.create_default_context(cafile=str(authority))
    # What Python 3.13 demands of every certificate.
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
        context.wrap_socket(connection, server_hostname=name),
    ):
        return


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_the_certificate_holds_for_every_name_of_this_machine(
    certificate: RunCertificate, name: str
) -> None:
    reach(serve_once(certificate), name, certificate.authority)


@pytest.mark.parametrize("name", ["example.com", "127.0.0.2"])
def test_the_certificate_holds_for_no_other_name(certificate: RunCertificate, name: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        reach(serve_once(certificate), name, certificate.authority)


def test_another_runs_authority_is_not_trusted(certificate: RunCertificate, tmp_path: Path) -> None:
    other = create_certificate(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError):
        reach(serve_once(certificate), "localhost", other.authority)


def test_node_trusts_the_authority(certificate: RunCertificate) -> None:
    node = Path(sys.executable).with_name("node")
    port = serve_once(certificate)
    program = (
        f"require('tls').connect({port}, 'localhost', {{servername: 'localhost'}}, function () {{"
        " console.log(JSON.stringify(this.authorized)); this.end() })"
    )
    done = subprocess.run(
        [node, "-e", program],
        env={"NODE_EXTRA_CA_CERTS": str(certificate.authority)},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert json.loads(done.stdout) is True


def test_only_its_owner_can_read_the_key(certificate: RunCertificate) -> None:
    assert certificate.key.stat().st_mode & 0o777 == 0o600


def test_the_authority_is_one_certificate_and_no_key(certificate: RunCertificate) -> None:
    assert certificate.authority_text.count("BEGIN") == 1
    assert "PRIVATE KEY" not in certificate.authority_text
