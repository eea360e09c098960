"""One request on one connection of the upstream, and the ways to answer it. Used by faults.py; all
of it runs on the upstream's own event loop."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from dataclasses import dataclass, field

from upstream import gemini_answers
from upstream.bedrock_answers import EVENT_STREAM, frame_of
from upstream.script import Script

_REASONS = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
    503: "Service Unavailable",
}  # fmt: skip


class ClientGone(Exception):
    """The client closed or reset the connection while it was being answered."""


@dataclass
class Recorded:
    """What the upstream saw of one request. Times are time.monotonic()."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: int
    script: str = "normal"
    received_at: float = 0.0
    first_byte_at: float | None = None
    finished_at: float | None = None  # the answer was sent as scripted
    client_gone_at: float | None = None  # the client left before that
    bytes_sent: int = 0
    events_sent: int = 0

    def header(self, name: str) -> str | None:
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return None

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Connection:
    """A socket with a buffer, so that watching for the client's end loses no bytes."""

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    buffer: bytearray = field(default_factory=bytearray)
    closed: bool = False

    async def fill(self) -> bool:
        """Reads once; False at the end of what the client sends."""
        piece = await self.reader.read(65536)
        self.buffer += piece
        return bool(piece)

    async def read_until(self, mark: bytes) -> bytes | None:
        while (at := self.buffer.find(mark)) < 0:
            if not await self.fill():
                return None
        taken = bytes(self.buffer[: at + len(mark)])
        del self.buffer[: at + len(mark)]
        return taken

    async def read_exactly(self, count: int) -> bytes | None:
        while len(self.buffer) < count:
            if not await self.fill():
                return None
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    def close(self) -> None:
        self.closed = True
        self.writer.close()

    def reset(self) -> None:
        """Closes with RST instead of FIN."""
        self.closed = True
        sock = self.writer.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def _type_of(data: str) -> str:
    """The `type` of an event; what is no JSON passes for a delta."""
    try:
        return json.loads(data)["type"]
    except (ValueError, KeyError):
        return "content_block_delta"


class Exchange:
    def __init__(self, connection: Connection, recorded: Recorded, script: Script):
        self.connection = connection
        self.recorded = recorded
        self.script = script

    @property
    def request(self) -> dict:
        try:
            body = self.recorded.json
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def path(self) -> str:
        return self.recorded.path.split("?")[0]

    @property
    def wants_stream(self) -> bool:
        if self.is_gemini:  # says it in the path
            return ":streamGenerateContent" in self.recorded.path
        return self.request.get("stream") is True or self.is_converse_stream

    @property
    def is_chat(self) -> bool:
        return self.recorded.path.split("?")[0].endswith("/chat/completions")

    @property
    def is_converse_stream(self) -> bool:
        return self.path.endswith("/converse-stream")

    @property
    def is_cohere(self) -> bool:
        return self.path.startswith("/v2/")

    @property
    def is_azure(self) -> bool:
        return self.path.startswith("/openai/")

    @property
    def is_messages(self) -> bool:
        return self.recorded.path.split("?")[0].endswith("/messages")

    @property
    def is_responses(self) -> bool:
        return self.recorded.path.split("?")[0].endswith("/responses")

    @property
    def is_gemini(self) -> bool:
        return bool(gemini_answers.method_of(self.recorded.path))

    async def send(self, data: bytes) -> None:
        if self.connection.writer.is_closing():
            raise ClientGone
        if self.recorded.first_byte_at is None:
            self.recorded.first_byte_at = time.monotonic()
        try:
            self.connection.writer.write(data)
            await self.connection.writer.drain()
        except (ConnectionError, OSError) as gone:
            raise ClientGone from gone
        self.recorded.bytes_sent += len(data)

    async def send_in_pieces(self, data: bytes, size: int, pause_s: float) -> None:
        for at in range(0, len(data), size):
            await self.send(data[at : at + size])
            await asyncio.sleep(pause_s)

    @staticmethod
    def head_bytes(status: int, headers: dict[str, str]) -> bytes:
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def head(self, status: int, headers: dict[str, str]) -> None:
        await self.send(self.head_bytes(status, headers))

    async def whole(
        self, status: int, body: str | bytes, headers: dict[str, str] | None = None
    ) -> None:
        """A complete answer with a true content-length, in one write."""
        data = body.encode() if isinstance(body, str) else body
        all_headers = {
            "content-type": "application/json",
            "content-length": str(len(data)),
            "x-request-id": "req-upstream",
            **(headers or {}),
        }
        await self.send(self.head_bytes(status, all_headers) + data)

    async def stream_head(self, headers: dict[str, str] | None = None) -> None:
        await self.head(200, {
            "content-type": EVENT_STREAM
            if self.is_converse_stream
            else "text/event-stream; charset=utf-8",
            "cache-control": "no-cache",
            "transfer-encoding": "chunked",
            **(headers or {}),
        })  # fmt: skip

    async def chunk(self, data: bytes) -> None:
        await self.send(b"%x\r\n%s\r\n" % (len(data), data))

    async def event(self, data: str, newline: str = "\n") -> None:
        name = ""
        if self.is_converse_stream:  # frames, and no [DONE]
            if data != "[DONE]":
                await self.chunk(frame_of(data))
                self.recorded.events_sent += 1
            return
        if (self.is_cohere or self.is_gemini) and data == "[DONE]":
            return
        # Whose streams name their events and know no [DONE].
        if self.is_messages or self.is_cohere or self.is_responses:
            if data == "[DONE]":
                return
            name = f"event: {_type_of(data)}{newline}"
        await self.chunk(f"{name}data: {data}{newline}{newline}".encode())
        self.recorded.events_sent += 1

    async def end_chunks(self) -> None:
        await self.send(b"0\r\n\r\n")

    async def until_client_leaves(self, limit_s: float = 120.0) -> None:
        """Keeps quiet; the server's watch ends this when the client leaves."""
        await asyncio.sleep(limit_s)
