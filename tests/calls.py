"""Calls as clients make them, and what came back, down to the bytes of a stream. Standard library
only, one connection a call.

    answer = chat(tandem, key=key, max_tokens=5)
    stream = stream_chat(tandem, key=key)
    assert stream.done and stream.text == "…"
"""

from __future__ import annotations

import http.client
import json
import socket
import time
from dataclasses import dataclass

CHAT = "/v1/chat/completions"


def chat_body(text: str = "Hello there", **fields) -> dict:
    body = {"model": "chat", "messages": [{"role": "user", "content": text}], "max_tokens": 100}
    return {**body, **fields}


def chat(tandem, text: str = "Hello there", *, key=None, headers=None, **fields):
    return tandem.request("POST", CHAT, body=chat_body(text, **fields), key=key, headers=headers)


@dataclass
class Stream:
    """One streamed answer, read to its end."""

    status: int
    headers: dict[str, str]
    raw: bytes = b""
    cut: bool = False  # the connection ended before the chunked body did

    @property
    def data(self) -> list[str]:
        """The data of each event, comments left out, [DONE] included."""
        text = self.raw.decode().replace("\r\n", "\n").replace("\r", "\n")
        found = []
        for block in text.split("\n\n"):
            lines = [line[5:].lstrip(" ") for line in block.split("\n") if line[:5] == "data:"]
            if lines:
                found.append("\n".join(lines))
        return found

    @property
    def done(self) -> bool:
        return "[DONE]" in self.data

    @property
    def events(self) -> list[dict]:
        """Every event, parsed: fails where one is not JSON, as a client would."""
        return [json.loads(data) for data in self.data if data != "[DONE]"]

    @property
    def error(self) -> dict | None:
        return next((event["error"] for event in self.events if event.get("error")), None)

    @property
    def text(self) -> str:
        parts = []
        for event in self.events:
            for choice in event.get("choices") or []:
                parts.append((choice.get("delta") or {}).get("content") or choice.get("text") or "")
        return "".join(parts)

    @property
    def usage(self) -> dict | None:
        return next((event["usage"] for event in self.events if event.get("usage")), None)

    @property
    def request_id(self) -> str:
        return self.headers["x-request-id"]


class OpenStream:
    """A streamed call whose bytes the test reads itself, to leave in the middle of it."""

    def __init__(self, tandem, body: dict, key: str | None = None, path: str = CHAT,
                 headers: dict | None = None, timeout_s: float = 30.0):  # fmt: skip
        self._connection = http.client.HTTPConnection(tandem.host, tandem.port, timeout=timeout_s)
        sent = {
            "authorization": f"Bearer {key or tandem.admin_key}",
            "content-type": "application/json",
            **(headers or {}),
        }
        self._connection.request("POST", path, json.dumps(body), sent)
        self.response = self._connection.getresponse()
        self.status = self.response.status
        self.headers = {name.lower(): value for name, value in self.response.getheaders()}

    def read_events(self, count: int) -> bytes:
        """Reads until `count` events have come."""
        seen = b""
        while seen.count(b"\n\n") < count:
            piece = self.response.read1(65536)
            if not piece:
                raise AssertionError(f"the stream ended after {seen!r}")
            seen += piece
        return seen

    def read_all(self) -> Stream:
        stream = Stream(self.status, self.headers)
        pieces = []
        try:
            while piece := self.response.read1(65536):
                pieces.append(piece)
        except (http.client.IncompleteRead, ConnectionError) as broken:
            pieces.append(getattr(broken, "partial", b""))
            stream.cut = True
        stream.raw = b"".join(pieces)
        return stream

    def leave(self) -> None:
        """Goes away as a browser tab does."""
        if self._connection.sock is not None:
            try:
                self._connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.response.close()
        self._connection.close()


def stream_chat(
    tandem, text: str = "Hello there", *, key=None, headers=None, path: str = CHAT, **fields
) -> Stream:
    body = chat_body(text, stream=True, **fields)
    call = OpenStream(tandem, body, key, path, headers)
    try:
        return call.read_all()
    finally:
        call.leave()


def until(probe, timeout_s: float = 5.0, what: str = "the condition"):
    """Waits until `probe()` is true and returns its value."""
    deadline = time.monotonic() + timeout_s
    while not (value := probe()):
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}"
        time.sleep(0.01)
    return value
