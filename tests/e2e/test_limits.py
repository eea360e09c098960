"""Promises about limits: of requests, of answers, of time and of memory."""

from __future__ import annotations

import json
import os
import socket
import time

import processes
import pytest
from calls import CHAT, chat, chat_body, stream_chat, until
from configurations import chat_endpoint, configuration

MIB = 2**20


class Raw:
    """A plain connection, to send what no client library would."""

    def __init__(self, tandem, timeout_s: float = 20.0):
        self.socket = socket.create_connection((tandem.host, tandem.port), timeout=timeout_s)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data: bytes) -> bool:
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def read_to_end(self) -> bytes:
        seen = b""
        try:
            while piece := self.socket.recv(65536):
                seen += piece
        except ConnectionResetError:
            pass
        return seen

    def read_head(self) -> bytes:
        seen = b""
        while b"\r\n\r\n" not in seen and (piece := self.socket.recv(65536)):
            seen += piece
        return seen


def head(tandem, length: int | None, *more: str, path: str = CHAT) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {tandem.admin_key}",
        "Content-Type: application/json", *more,
    ]  # fmt: skip
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.mark.parametrize("script", ["endless_body", "flood", "endless_event", "endless_headers"])
@pytest.mark.parametrize("stream", [False, True])
def test_max_response_bytes(start, upstream, script, stream):
    """Beyond `max_response_bytes` (default 64 MiB) the attempt fails and the connection closes;
    memory stays bounded."""
    limits = {"max_response_bytes": 8 * MIB}
    tandem = start(configuration(upstream, {"chat": chat_endpoint(limits=limits)}))
    chat(tandem)
    before = processes.rss_bytes(tandem.pid)
    upstream.queue(f"{script};mb=300")
    if stream:
        answer = stream_chat(tandem)
        assert not answer.done
        assert answer.status == 502 or answer.events[-1]["error"]
    else:
        answer = chat(tandem)
        assert answer.status == 502
        assert answer.error["message"]
    upstream.wait_until(lambda server: server.requests[-1].client_gone_at, 5)
    assert upstream.requests[-1].bytes_sent < 32 * MIB
    assert processes.rss_bytes(tandem.pid) - before < 64 * MIB
    assert chat(tandem).status == 200


def test_default_max_response_bytes(tandem, upstream):
    """… (default 64 MiB): what is below passes."""
    upstream.queue("oversized_event;bytes=3000000")
    assert len(stream_chat(tandem).text) > 3_000_000
    script = "normal;text=" + "a" * (20 * MIB)
    upstream.queue(script)
    answer = chat(tandem)
    assert answer.status == 200 and len(answer.body) > 20 * MIB


def test_a_body_over_the_limit(start, upstream):
    """A body over the limit is 413 before it is read whole."""
    limits = {"max_request_bytes": 100_000}
    tandem = start(configuration(upstream, {"chat": chat_endpoint(limits=limits)}))
    with Raw(tandem) as raw:
        raw.send(head(tandem, 2**40))
        answer = raw.read_to_end()
        assert b" 413 " in answer.split(b"\r\n")[0]
        assert b'"payload_too_large"' in answer
    with Raw(tandem) as raw:
        raw.send(head(tandem, None, "Transfer-Encoding: chunked"))
        sent = 0
        while sent < 200 * MIB and raw.send(b"10000\r\n" + b"a" * 65536 + b"\r\n"):
            sent += 65536
        assert sent < 64 * MIB
    # The limit of the endpoint, which is only known once the body names it.
    assert chat(tandem, "a" * 90_000).status == 200
    too_long = chat(tandem, "a" * 110_000)
    assert too_long.status == 413 and "100000" in too_long.error["message"].replace(",", "")


def test_expect_100_continue(tandem):
    """`100-continue`: asked before the body; refused before it where it is too large."""
    body = json.dumps(chat_body()).encode()
    with Raw(tandem) as raw:
        raw.send(head(tandem, len(body), "Expect: 100-continue", "Connection: close"))
        assert raw.read_head().startswith(b"HTTP/1.1 100")
        raw.send(body)
        assert b" 200 " in raw.read_to_end().split(b"\r\n")[0]
    with Raw(tandem) as raw:
        raw.send(head(tandem, 2**40, "Expect: 100-continue"))
        assert b" 413 " in raw.read_head().split(b"\r\n")[0]


@pytest.mark.timeout(60)
def test_headers_must_arrive(tandem):
    """Request headers must arrive within 10 s."""
    with Raw(tandem) as slow:
        begin = time.monotonic()
        slow.socket.settimeout(0.05)
        closed_after = None
        for byte in head(tandem, 0)[:-4] + b"\r\nx-more: " + b"a" * 10_000:
            if not slow.send(bytes([byte])):
                closed_after = time.monotonic() - begin
                break
            try:
                if b"408" in (piece := slow.socket.recv(1000)) or not piece:
                    closed_after = time.monotonic() - begin
                    break
            except TimeoutError:
                pass
            if time.monotonic() - begin > 15:
                break
        assert closed_after is not None and 8 < closed_after < 13
    assert chat(tandem).status == 200


@pytest.mark.timeout(60)
def test_a_connection_that_says_nothing(tandem):
    """Request headers must arrive within 10 s: those of the first request from the connection's
    begin."""
    with Raw(tandem, timeout_s=14) as silent:
        begin = time.monotonic()
        silent.read_to_end()
        assert 8 < time.monotonic() - begin < 13


def test_many_slow_connections(tandem):
    """Slow-loris defence: others are served meanwhile."""
    connections = [Raw(tandem) for _ in range(300)]
    for raw in connections:
        raw.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-")
    begin = time.monotonic()
    for _ in range(20):
        assert chat(tandem).status == 200
    assert time.monotonic() - begin < 3
    for raw in connections:
        raw.socket.close()


@pytest.mark.parametrize(
    ("what", "data", "statuses"),
    [
        ("endless headers", b"GET /health HTTP/1.1\r\n" + b"x-a: " + b"a" * 200_000, {431, 400}),
        ("many headers", b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"x-a: 1\r\n" * 5000, {431, 400}),
        ("long target", b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
         {414, 431, 400}),
        ("not HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400}),
        ("bad version", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", {400, 505}),
        ("two lengths", b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
         b"Content-Length: 4\r\n\r\nabcd", {400}),
        ("length and chunks", b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
         b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
        ("negative length", b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
         b"Content-Length: -3\r\n\r\n", {400}),
        ("bad chunk", b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
         b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", {400, 401}),
        ("NUL in a header", b"GET /health HTTP/1.1\r\nHost: x\r\nx-a: a\x00b\r\n\r\n", {400}),
        ("bare LF folding", b"GET /health HTTP/1.1\r\nHost: x\r\nx-a: a\r\n b\r\n\r\n", {400, 200}),
    ],
)  # fmt: skip
def test_hostile_requests(tandem, what, data, statuses):
    """Nothing crashes: what is not a proper request is answered or closed, at once."""
    with Raw(tandem, timeout_s=5) as raw:
        raw.send(data)
        raw.socket.shutdown(socket.SHUT_WR)
        answer = raw.read_to_end()
    if answer:
        status = int(answer.split(b" ")[1])
        assert status in statuses, answer[:300]
    assert tandem.request("GET", "/health", key="").status == 200


def test_deep_json(tandem, upstream):
    """Recursion has a limit."""
    deep = b'{"model":"chat","messages":[],"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert tandem.request("POST", CHAT, body=deep).status == 400
    assert chat(tandem).status == 200


def test_pipelining_and_keep_alive(tandem):
    """Requests on one connection are answered in order, each whole."""
    body = json.dumps(chat_body()).encode()
    with Raw(tandem) as raw:
        raw.send((head(tandem, len(body)) + body) * 5)
        raw.send(head(tandem, len(body), "Connection: close") + body)
        answers = raw.read_to_end()
    assert answers.count(b"HTTP/1.1 200") == 6
    assert answers.count(b'"finish_reason"') == 6


def test_connections_do_not_leak(tandem, upstream):
    """One connection slot is not lost with each client that leaves."""
    for _ in range(100):
        with Raw(tandem) as raw:
            body = json.dumps(chat_body(stream=True)).encode()
            raw.send(head(tandem, len(body)) + body)
            raw.socket.recv(10)
    descriptors = f"/proc/{tandem.pid}/fd"
    until(lambda: len(os.listdir(descriptors)) < 120, 10, "descriptors are closed")
    for _ in range(20):
        assert stream_chat(tandem).done
