"""A small HTTP server in place of AWS that answers, denies, throttles, drops or hangs as told."""

import json
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar, Self

# Nothing waits longer than this, not even when a test forgets to end.
HANG_GUARD_SECONDS = 60.0
POLL_SECONDS = 0.01


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Say how one request is answered; `drops` closes the connection, `hangs` says nothing."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    drops: bool = False
    hangs: bool = False


def answer(document: object, **headers: str) -> Reply:
    """Answer with a JSON document."""
    return Reply(
        body=json.dumps(document).encode(),
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def refusal(code: str, status: int = 400, message: str = "as the test says") -> Reply:
    """Refuse with an AWS error, as JSON protocols spell it."""
    return Reply(
        status=status,
        body=json.dumps({"__type": code, "message": message}).encode(),
        headers={"x-amzn-errortype": code},
    )


def refusal_of_s3(code: str, status: int) -> Reply:
    """Refuse with an AWS error, as S3 spells it."""
    body = f"<Error><Code>{code}</Code><Message>as the test says</Message></Error>"
    return Reply(status=status, body=body.encode(), headers={"Content-Type": "application/xml"})


DROPPED = Reply(drops=True)
SILENCE = Reply(hangs=True)


class LocalAws:
    """Be AWS at `endpoint`; `replies` maps a call to the answers it gets, the last one repeated.

    A call is named by its operation and what it is about: `Invoke curator`, `GetParameter /a/b`,
    `DescribeRule nightly`, `GetObject bucket/key`, `GetSecretValue name`.
    """

    def __init__(self) -> None:
        self.replies: dict[str, list[Reply]] = {}
        self.calls: dict[str, list[bytes]] = defaultdict(list)
        self.released = threading.Event()
        handler = type("Handler", (RequestHandler,), {"aws": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True
        )

    @property
    def endpoint(self) -> str:
        """Give the address that clients use."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of every caller and stop."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply_to(self, call: str, body: bytes) -> Reply:
        """Note the call and choose its answer."""
        self.calls[call].append(body)
        known = self.replies.get(call, [refusal("UnexpectedCall", 400, f"{call} has no reply")])
        return known[min(len(self.calls[call]), len(known)) - 1]


class RequestHandler(BaseHTTPRequestHandler):
    """Serve one connection."""

    aws: ClassVar[LocalAws]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Serve S3, the only one that is asked by GET."""
        self._serve(f"GetObject {self.path.partition('?')[0].lstrip('/')}")

    def do_POST(self) -> None:
        """Serve the other services."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._serve(self._name(body), body)

    def _name(self, body: bytes) -> str:
        target = self.headers.get("X-Amz-Target", "")
        if not target:
            return f"Invoke {self.path.split('/')[3]}"
        document = json.loads(body)
        return f"{target.partition('.')[2]} {document.get('Name') or document.get('SecretId')}"

    def _serve(self, call: str, body: bytes = b"") -> None:
        reply = self.aws.reply_to(call, body)
        if reply.hangs:
            self.aws.released.wait(HANG_GUARD_SECONDS)
        if reply.hangs or reply.drops:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing on the terminal."""
