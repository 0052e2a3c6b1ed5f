"""Opening an address: TLS only, no redirection, nothing of the address in an error."""

import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from rehearsal.local.certificate import create_certificate
from watchkeeper.runtime.download import DownloadError, open_address


class Answers(BaseHTTPRequestHandler):
    """Give a package, a redirection or a refusal."""

    def do_GET(self) -> None:
        self.send_response({"/ok": 200, "/away": 302}.get(self.path.partition("?")[0], 403))
        self.send_header("Location", "https://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(b"package")

    def log_message(self, *_arguments: object) -> None:
        pass


class Quiet(HTTPServer):
    """Say nothing of a client that hangs up."""

    def handle_error(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    certificate = create_certificate(tmp_path)
    server = Quiet(("127.0.0.1", 0), Answers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate.authority))
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_package_comes_over_tls(address: str) -> None:
    with open_address(f"{address}/ok") as stream:
        assert stream.read() == b"package"


@pytest.mark.parametrize(("path", "sentence"), [("/away", "status 302"), ("/denied", "status 403")])
def test_anything_else_is_an_error_that_hides_the_signature(
    address: str, path: str, sentence: str
) -> None:
    with pytest.raises(DownloadError, match=sentence) as caught:
        open_address(f"{address}{path}?X-Amz-Signature=hidden")
    assert "hidden" not in str(caught.value)


def test_an_unknown_certificate_is_refused(address: str) -> None:
    # In a process of its own: Python warns of the socket whose handshake failed.
    program = f"from watchkeeper.runtime.download import open_address; open_address('{address}/ok')"
    environment = {name: text for name, text in os.environ.items() if name != "AWS_CA_BUNDLE"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "DownloadError: the address did not answer (URLError)" in done.stderr


@pytest.mark.parametrize("url", ["http://127.0.0.1/x", "file:///etc/passwd", ""])
def test_only_https_is_opened(url: str) -> None:
    with pytest.raises(DownloadError, match="not https"):
        open_address(url)
