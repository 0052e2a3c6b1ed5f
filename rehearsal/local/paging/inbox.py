"""An inbox that stands in for PagerDuty's CloudWatch integration, over HTTPS on this machine."""

import contextlib
import ssl
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.error import URLError
from urllib.parse import urlsplit

from rehearsal.local.certificate import RunCertificate
from rehearsal.local.errors import LocalStageError
from rehearsal.local.paging.envelope import AlarmNotice, Envelope, Kind, read_envelope, read_notice
from rehearsal.local.workspace import free_port

HOST = "127.0.0.1"
PATH = "/integration/local/enqueue"
BIND_TRIES = 5
VISIT_TIMEOUT_SECONDS = 5.0
# A client that connects and says nothing is let go.
READ_TIMEOUT_SECONDS = 10.0
MAX_BODY_BYTES = 512 * 1024


@dataclass(frozen=True, kw_only=True)
class Page:
    """Be one notification that came, with the inbox's own number and the time it came.

    `is_news` says that it opened or resolved an incident; PagerDuty stays silent otherwise.
    """

    number: int
    received_at: float
    topic_arn: str
    notice: AlarmNotice
    is_news: bool


@dataclass(kw_only=True)
class Incident:
    """Be what PagerDuty keeps of one alarm, by its ARN, from the page to the recovery."""

    alarm: str
    arn: str
    opened_at: float
    resolved_at: float | None = None


class PageInbox:
    """Own a server that confirms SNS subscriptions and keeps incidents as PagerDuty does.

    An alarm in ALARM opens an incident unless one is open for its ARN; OK resolves it. `now`
    gives the time that is noted; signatures are not checked, for the emulator does not sign.
    """

    def __init__(self, certificate: RunCertificate, now: Callable[[], float]) -> None:
        self.now = now
        self.confirmed: list[str] = []
        self._problems: list[str] = []
        self.incidents: list[Incident] = []
        self._pages: list[Page] = []
        self._taken = 0
        self._changed = threading.Condition()
        self._trust = ssl.create_default_context(cafile=str(certificate.authority))
        self._server = _listen(self, certificate)
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="page-inbox", kwargs={"poll_interval": 0.1}
        )

    def __enter__(self) -> Self:
        """Start to listen."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening and wait until every post has been answered."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def endpoint(self) -> str:
        """Return the address that topics are subscribed with."""
        return f"https://{HOST}:{self._server.server_port}{PATH}"

    @property
    def page_count(self) -> int:
        """Count the notifications that came."""
        with self._changed:
            return len(self._pages)

    def take_pages(self) -> list[Page]:
        """Return the notifications that came since the last call."""
        with self._changed:
            fresh, self._taken = self._pages[self._taken :], len(self._pages)
            return fresh

    def wait_for_pages(self, count: int, *, timeout_seconds: float) -> bool:
        """Wait until so many notifications have come in all; tell whether they have."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._pages) >= count, timeout_seconds)

    def receive(self, body: str) -> None:
        """Take in one post of SNS."""
        envelope = read_envelope(body)
        if envelope.kind is Kind.CONFIRMATION:
            self._confirm(envelope)
        elif envelope.kind is Kind.NOTIFICATION:
            self._note(envelope.topic_arn, read_notice(envelope.message))

    def refuse(self, problem: str) -> None:
        """Remember a post that was not taken in, and why."""
        with self._changed:
            self._problems.append(problem)

    def take_problems(self) -> list[str]:
        """Return why posts were not taken in since the last call."""
        with self._changed:
            problems, self._problems = self._problems, []
            return problems

    def _confirm(self, envelope: Envelope) -> None:
        """Visit the address that confirms the subscription."""
        where = urlsplit(envelope.subscribe_url)
        # PagerDuty visits AWS's addresses alone; the emulator is all the AWS there is here.
        if (where.scheme, where.hostname) != ("https", HOST):
            raise LocalStageError(
                f"SubscribeURL is {envelope.subscribe_url!r}, expected https on {HOST}"
            )
        try:
            with urllib.request.urlopen(  # noqa: S310  https, by the line above
                envelope.subscribe_url, timeout=VISIT_TIMEOUT_SECONDS, context=self._trust
            ):
                pass
        except (URLError, OSError) as error:
            raise LocalStageError(
                f"the visit to {envelope.subscribe_url} failed: {error}"
            ) from error
        with self._changed:
            self.confirmed.append(envelope.topic_arn)
            self._changed.notify_all()

    def _note(self, topic_arn: str, notice: AlarmNotice) -> None:
        now = self.now()
        with self._changed:
            is_news = self._change_incident(notice, now)
            page = Page(
                number=len(self._pages) + 1,
                received_at=now,
                topic_arn=topic_arn,
                notice=notice,
                is_news=is_news,
            )
            self._pages.append(page)
            self._changed.notify_all()

    def _change_incident(self, notice: AlarmNotice, now: float) -> bool:
        """Open or resolve the incident of an alarm; tell whether that changed anything."""
        unresolved = (each for each in self.incidents if each.resolved_at is None)
        current = next((each for each in unresolved if each.arn == notice.arn), None)
        if notice.state == "ALARM" and current is None:
            self.incidents.append(Incident(alarm=notice.alarm, arn=notice.arn, opened_at=now))
            return True
        if notice.state == "OK" and current is not None:
            current.resolved_at = now
            return True
        return False


def _listen(inbox: PageInbox, certificate: RunCertificate) -> ThreadingHTTPServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)

    class Handler(_PostHandler):
        owner = inbox

    for _ in range(BIND_TRIES):
        with contextlib.suppress(OSError):
            server = ThreadingHTTPServer((HOST, free_port()), Handler)
            # The handshake belongs to the thread of the connection, or one client holds up all.
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
            return server
    raise LocalStageError(f"the inbox could not bind a port in {BIND_TRIES} tries")


class _PostHandler(BaseHTTPRequestHandler):
    """Answer SNS: 200 for what was taken in, 400 for what was not."""

    owner: PageInbox
    timeout = READ_TIMEOUT_SECONDS

    def do_POST(self) -> None:  # the name is the server's
        """Take in one post."""
        size_bytes = int(self.headers.get("Content-Length") or 0)
        if self.path != PATH or not 0 < size_bytes <= MAX_BODY_BYTES:
            self._answer(404)
            return
        try:
            self.owner.receive(self.rfile.read(size_bytes).decode())
        except (LocalStageError, UnicodeDecodeError) as error:
            self.owner.refuse(str(error))
            self._answer(400)
        else:
            self._answer(200)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  its name is the server's
        """Say nothing: what came is in the inbox."""
