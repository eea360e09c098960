"""The upstream's server: raw sockets on an event loop in a thread of its own, so that synchronous
tests can drive it. Public methods may be called from any thread."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections import deque

from upstream.exchange import ClientGone, Connection, Exchange, Recorded
from upstream.faults import FAULTS
from upstream.script import Script

SCRIPT_HEADER = "x-upstream-script"


class Upstream:
    """Which script answers a request, first match wins: the next of the queue; the request's
    x-upstream-script header; the model's name, where it is `fault:…`; `default`."""

    def __init__(self, port: int = 0, default: str | Script = "normal"):
        self.default = Script.parse(default)
        self.requests: list[Recorded] = []
        self.connections_open = 0
        self.connections_seen = 0
        self._queue: deque[Script] = deque()
        self._lock = threading.Lock()
        self._requested_port = port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="upstream", daemon=True)

    # --- for tests ----------------------------------------------------------------------------

    def __enter__(self) -> Upstream:
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self) -> Upstream:
        self._thread.start()
        self._ready.wait(10)
        if self._failure is not None:
            raise self._failure
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(10)

    @property
    def url(self) -> str:
        """The base URL as an OpenAI client takes it."""
        return f"http://127.0.0.1:{self.port}/v1"

    def queue(self, *scripts: str | Script) -> None:
        """The next answers, in the order in which requests arrive."""
        parsed = [Script.parse(script) for script in scripts]
        for script in parsed:
            if script.name not in FAULTS:
                raise ValueError(f"no script is named {script.name!r}; there are {sorted(FAULTS)}")
        with self._lock:
            self._queue.extend(parsed)

    def clear(self) -> None:
        """Forgets the queue and what was recorded."""
        with self._lock:
            self._queue.clear()
            self.requests.clear()

    def wait_for_requests(self, count: int, timeout_s: float = 5.0) -> list[Recorded]:
        return self._wait(lambda: len(self.requests) >= count and list(self.requests), timeout_s)

    def wait_until(self, holds, timeout_s: float = 5.0):
        """Waits until `holds(self)` is true and returns its value."""
        return self._wait(lambda: holds(self), timeout_s)

    def _wait(self, probe, timeout_s: float):
        deadline = time.monotonic() + timeout_s
        while not (value := probe()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout_s} s; seen: {self.requests}")
            time.sleep(0.005)
        return value

    # --- the server ---------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._stopping = asyncio.Event()
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as failure:  # the starter re-raises it
            self._failure = failure
            self._ready.set()
        finally:
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(
            self._on_connection, "127.0.0.1", self._requested_port, backlog=4096, limit=2**20
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        server.close()

    async def _on_connection(self, reader, writer) -> None:
        with self._lock:
            self.connections_seen += 1
            self.connections_open += 1
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(self.connections_seen, reader, writer)
        try:
            if self._reset_next():
                connection.reset()
            while not connection.closed and await self._one_request(connection):
                pass
        except (ConnectionError, OSError, asyncio.CancelledError):
            pass
        finally:
            with self._lock:
                self.connections_open -= 1
            writer.close()

    def _reset_next(self) -> bool:
        with self._lock:
            if self._queue and self._queue[0].name == "reset_on_accept":
                self._queue.popleft()
                return True
        return False

    async def _one_request(self, connection: Connection) -> bool:
        recorded = await self._read_request(connection)
        if recorded is None:
            return False
        script = self._choose(recorded)
        recorded.script = script.name
        with self._lock:
            self.requests.append(recorded)
        await self._answer(Exchange(connection, recorded, script))
        return True

    async def _answer(self, exchange: Exchange) -> None:
        """Runs the script and watches for the client's end at the same time."""
        recorded, connection = exchange.recorded, exchange.connection
        script = asyncio.ensure_future(FAULTS[exchange.script.name](exchange))
        watch = asyncio.ensure_future(self._client_end(connection))
        await asyncio.wait({script, watch}, return_when=asyncio.FIRST_COMPLETED)
        watch.cancel()
        if not script.done():
            recorded.client_gone_at = time.monotonic()
            script.cancel()
            connection.close()
        await asyncio.gather(watch, return_exceptions=True)
        try:
            await script
            recorded.finished_at = time.monotonic()
        except (ClientGone, ConnectionError):
            recorded.client_gone_at = recorded.client_gone_at or time.monotonic()
            connection.close()
        except asyncio.CancelledError:
            pass

    async def _client_end(self, connection: Connection) -> None:
        try:
            while await connection.fill():
                pass
        except (ConnectionError, OSError):
            pass

    async def _read_request(self, connection: Connection) -> Recorded | None:
        head = await connection.read_until(b"\r\n\r\n")
        if head is None:
            return None
        start, *lines = head.decode("latin-1").split("\r\n")[:-2]
        method, path, _ = start.split(" ", 2)
        headers = []
        for line in lines:
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        lower = {name.lower(): value for name, value in headers}
        if lower.get("expect", "").lower() == "100-continue":
            connection.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in lower.get("transfer-encoding", "").lower():
            body = await self._read_chunks(connection)
        else:
            body = await connection.read_exactly(int(lower.get("content-length", 0)))
        if body is None:
            return None
        return Recorded(
            method, path, headers, body, connection.number, received_at=time.monotonic()
        )

    async def _read_chunks(self, connection: Connection) -> bytes | None:
        body = b""
        while (line := await connection.read_until(b"\r\n")) is not None:
            size = int(line.split(b";")[0], 16)
            data = await connection.read_exactly(size + 2)
            if data is None:
                return None
            if size == 0:
                return body
            body += data[:-2]
        return None

    def _choose(self, recorded: Recorded) -> Script:
        with self._lock:
            if self._queue:
                return self._queue.popleft()
        text = recorded.header(SCRIPT_HEADER)
        if text is None:
            try:
                model = json.loads(recorded.body).get("model", "")
            except (ValueError, AttributeError):
                model = ""
            text = model if isinstance(model, str) and model.startswith("fault:") else None
        script = self.default if text is None else Script.parse(text)
        if script.name not in FAULTS:
            return Script("status_400", {"code": f"no_such_script_{script.name}"})
        return script
