"""A TLS front for PostgreSQL that plays the hosted pooler, and breaks on request."""

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import AsyncIterator, Coroutine
from types import TracebackType
from typing import Any, Self

from rehearsal.local.certificate import RunCertificate
from rehearsal.local.errors import LocalStageError
from rehearsal.local.workspace import free_port

HOST = "127.0.0.1"
SSL_REQUEST = 80877103
GSS_ENCRYPTION_REQUEST = 80877104
INVALID_AUTHORIZATION = "28000"
CONNECTION_FAILURE = "08006"
CHUNK_BYTES = 65536
CONTROL_TIMEOUT_SECONDS = 10.0
BIND_TRIES = 5


def fatal_error(code: str, message: str) -> bytes:
    """Write the message with which PostgreSQL refuses a connection."""
    fields = "".join(f"{part}\0" for part in ("SFATAL", "VFATAL", f"C{code}", f"M{message}"))
    body = fields.encode() + b"\0"
    return b"E" + struct.pack("!i", len(body) + 4) + body


def bind_port(port: int) -> socket.socket:
    """Take a port without listening on it: connections to it are refused."""
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((HOST, port))
    except OSError:
        taken.close()
        raise
    return taken


def bind_free_port() -> socket.socket:
    """Take some free port."""
    for _ in range(BIND_TRIES):
        with contextlib.suppress(OSError):
            return bind_port(free_port())
    raise LocalStageError(f"no port could be bound in {BIND_TRIES} tries")


async def end_tasks(tasks: set[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait until they have ended."""
    ending = tuple(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)


@contextlib.asynccontextmanager
async def closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Close a connection at the end: in order, or at once when it is cut."""
    try:
        yield
    except asyncio.CancelledError:
        writer.transport.abort()
        raise
    finally:
        writer.close()


class Gateway:
    """Own a TLS front that forwards to a plain PostgreSQL server on this machine.

    Connections without TLS are refused with an error message, as hosted poolers do. The fault
    methods may be called from any thread at any time and last until `normal()`:

    - `refuse()`: new connections are refused; open ones go on;
    - `black_hole()`: connections are accepted, and nothing is ever answered, nor on open ones;
    - `slow()`: every reply waits;
    - `cut()`: every open connection is reset now; the mode stays as it is.
    """

    def __init__(self, certificate: RunCertificate, *, target_port: int) -> None:
        self.host = HOST
        self.port = 0
        self._target_port = target_port
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate.certificate, certificate.key)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gateway", daemon=True)
        self._flowing = asyncio.Event()
        self._reply_delay_seconds = 0.0
        self._socket: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._connections: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        """Start listening."""
        self._socket = bind_free_port()
        self.port = self._socket.getsockname()[1]
        self._thread.start()
        try:
            self.normal()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Drop every connection and stop listening."""
        self.stop()

    def stop(self) -> None:
        """Drop every connection and stop listening."""
        if not self._thread.is_alive():
            return
        self._run(self._shut_down())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def open_connections(self) -> int:
        """Count the clients that are connected now, answered or not."""
        return len(self._connections)

    def normal(self) -> None:
        """Forward at once; connections that a fault held back go on."""
        self._run(self._set_mode(listening=True, flowing=True, reply_delay_seconds=0.0))

    def refuse(self) -> None:
        """Refuse new connections."""
        self._run(self._set_mode(listening=False, flowing=True, reply_delay_seconds=0.0))

    def black_hole(self) -> None:
        """Accept connections and answer nothing."""
        self._run(self._set_mode(listening=True, flowing=False, reply_delay_seconds=0.0))

    def slow(self, *, seconds_per_reply: float) -> None:
        """Let every reply of the server wait."""
        if seconds_per_reply <= 0:
            raise LocalStageError(f"seconds_per_reply is {seconds_per_reply}, expected more than 0")
        self._run(
            self._set_mode(listening=True, flowing=True, reply_delay_seconds=seconds_per_reply)
        )

    def cut(self) -> None:
        """Reset every open connection now."""
        self._run(self._abort_all())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(CONTROL_TIMEOUT_SECONDS)

    async def _set_mode(
        self, *, listening: bool, flowing: bool, reply_delay_seconds: float
    ) -> None:
        self._reply_delay_seconds = reply_delay_seconds
        if flowing:
            self._flowing.set()
        else:
            self._flowing.clear()
        if listening and self._accepting is None:
            self._accepting = self._loop.create_task(self._accept(self._take_socket()))
        elif not listening and self._accepting is not None:
            await end_tasks({self._accepting})
            self._accepting = None
            # The port stays taken, so that nobody else can answer on it.
            self._socket = bind_port(self.port)

    def _take_socket(self) -> socket.socket:
        taken, self._socket = self._socket, None
        if taken is None:
            raise LocalStageError("the gateway has been stopped")
        return taken

    async def _abort_all(self) -> None:
        await end_tasks(self._connections)

    async def _shut_down(self) -> None:
        if self._accepting is not None:
            await end_tasks({self._accepting})
        if self._socket is not None:
            self._socket.close()
        await self._abort_all()

    async def _accept(self, listener: socket.socket) -> None:
        with listener:
            listener.listen()
            listener.setblocking(False)  # noqa: FBT003  its only argument
            while True:
                client, _ = await self._loop.sock_accept(listener)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection = self._loop.create_task(self._serve(client))
                self._connections.add(connection)
                connection.add_done_callback(self._connections.discard)

    async def _serve(self, client: socket.socket) -> None:
        # A client that goes away, in whatever step, only ends its own connection.
        with contextlib.suppress(OSError, EOFError):
            with contextlib.ExitStack() as ours:
                ours.enter_context(client)
                await self._flowing.wait()
                if not await self._negotiate(client):
                    return
                ours.pop_all()
            reader = asyncio.StreamReader()
            protocol = asyncio.StreamReaderProtocol(reader)
            transport, _ = await self._loop.connect_accepted_socket(
                lambda: protocol, client, ssl=self._context
            )
            writer = asyncio.StreamWriter(transport, protocol, reader, self._loop)
            async with closing(writer):
                await self._forward(reader, writer)

    async def _negotiate(self, client: socket.socket) -> bool:
        while True:
            _, code = struct.unpack("!ii", await self._receive(client, 8))
            await self._flowing.wait()
            if code == SSL_REQUEST:
                await self._loop.sock_sendall(client, b"S")
                return True
            if code != GSS_ENCRYPTION_REQUEST:
                refusal = fatal_error(INVALID_AUTHORIZATION, "SSL connection is required")
                await self._loop.sock_sendall(client, refusal)
                return False
            await self._loop.sock_sendall(client, b"N")

    async def _receive(self, client: socket.socket, size_bytes: int) -> bytes:
        received = b""
        while len(received) < size_bytes:
            part = await self._loop.sock_recv(client, size_bytes - len(received))
            if not part:
                raise EOFError("the client closed the connection")
            received += part
        return received

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            replies, requests = await asyncio.open_connection(HOST, self._target_port)
        except OSError as error:
            message = f"the database behind the pooler does not answer: {error.strerror}"
            writer.write(fatal_error(CONNECTION_FAILURE, message))
            await writer.drain()
            return
        async with closing(requests):
            ways = {
                self._loop.create_task(self._pump(reader, requests, is_reply=False)),
                self._loop.create_task(self._pump(replies, writer, is_reply=True)),
            }
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await end_tasks(ways)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_reply: bool
    ) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            await self._flowing.wait()
            if is_reply and self._reply_delay_seconds:
                await asyncio.sleep(self._reply_delay_seconds)
            writer.write(chunk)
            await writer.drain()
