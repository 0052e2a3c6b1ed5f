"""How an answer gets into a real botocore client: requests are built and checked, never sent."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import botocore
import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from rehearsal.world.clock import SimulatedClock
from rehearsal.world.errors import UnknownCallError

# What a call costs inside one region, request and answer.
CALL_SECONDS = 0.02


class Body(io.BytesIO):
    """Be what botocore reads an answer's bytes from."""

    def stream(self, _amount: int = 0, **_options: object) -> Iterator[bytes]:
        """Give everything at once."""
        yield self.read()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Be one answer on the wire."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Call:
    """Be one call: its operation, as the service names it, what was sent, and its patience."""

    operation: str
    path: str
    body: bytes
    timeout_seconds: float = 60.0

    @property
    def document(self) -> dict[str, Any]:
        """Read the body of a service that speaks JSON."""
        read: dict[str, Any] = json.loads(self.body or b"{}")
        return read


Responder = Callable[[Call], Answer]


def to_answer(document: Mapping[str, Any]) -> Answer:
    """Answer with a JSON document."""
    return Answer(body=json.dumps(document).encode())


def to_refusal(code: str, message: str, *, status: int = 400, **more: Any) -> Answer:
    """Refuse with an AWS error, as JSON protocols spell it."""
    document = {"__type": code, "message": message, **more}
    headers = {"x-amzn-errortype": code}
    return Answer(body=json.dumps(document).encode(), status=status, headers=headers)


class Clients:
    """Hand out the clients that functions use; every call takes a moment of the simulated clock.

    `responders` answer the services they are named for. The clients themselves are made once for
    the process, since making one costs more than all its calls in a rehearsal.
    """

    def __init__(
        self, *, region: str, clock: SimulatedClock, responders: Mapping[str, Responder]
    ) -> None:
        self.clock = clock
        self.responders = responders
        self._region = region
        self._clients: dict[tuple[object, ...], Any] = {}

    def __call__(
        self,
        service: str,
        *,
        connect_timeout_seconds: float = 3.0,
        read_timeout_seconds: float = 10.0,
        max_attempts: int = 3,
        retry_mode: str = "standard",
    ) -> Any:
        """Give a client with the limits a function asks for."""
        limits = (connect_timeout_seconds, read_timeout_seconds, max_attempts, retry_mode)
        wired = _wired(service, self._region, limits)
        wired.user = self
        return wired.client


class WiredClient:
    """Be one real client, and whoever uses it at the moment."""

    def __init__(self, client: Any, service: str, timeout_seconds: float) -> None:
        self.client = client
        self.user: Clients | None = None
        self._service = service
        self._timeout_seconds = timeout_seconds
        client.meta.events.register_first("before-send", self.respond)

    def respond(self, request: AWSPreparedRequest, event_name: str, **_more: object) -> AWSResponse:
        """Answer a request in place of the network."""
        operation = event_name.rpartition(".")[2]
        responder = self.user.responders.get(self._service) if self.user else None
        if self.user is None or responder is None:
            raise UnknownCallError(f"{self._service} {operation} has no stand-in in a rehearsal")
        self.user.clock.spend(CALL_SECONDS)
        call = Call(
            operation=operation,
            path=request.url.partition("://")[2].partition("/")[2],
            body=_bytes(request.body),
            timeout_seconds=self._timeout_seconds,
        )
        answer = responder(call)
        headers: Any = dict(answer.headers)
        return AWSResponse(request.url, answer.status, headers, Body(answer.body))


@cache
def _session(region: str) -> botocore.session.Session:
    session = botocore.session.Session()
    session.set_credentials("rehearsal", "rehearsal")
    session.set_config_variable("region", region)
    return session


@cache
def _wired(service: str, region: str, limits: tuple[float, float, int, str]) -> WiredClient:
    connect_seconds, read_seconds, attempts, mode = limits
    retries: Any = {"total_max_attempts": attempts, "mode": mode}
    config = Config(
        connect_timeout=connect_seconds,
        read_timeout=read_seconds,
        retries=retries,
        # Building this anew takes a fifth of a call's time.
        user_agent="watchkeeper-rehearsal",
        # Nobody checks who calls whom here: the emulator does that, under the deployed roles.
        signature_version=botocore.UNSIGNED,
        s3={"addressing_style": "path"},
    )
    client = _session(region).create_client(service, config=config)
    return WiredClient(client, service, read_seconds)


def refuse_unknown(service: str, call: Call) -> Answer:
    """Say by name which call the world has no answer for."""
    raise UnknownCallError(f"{service} {call.operation} has no stand-in in a rehearsal")


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return bytes(body.read()) if hasattr(body, "read") else bytes(body)
