"""More scripts: bodies that are bombs, wrong in kind, or tell too much; streams that say things
twice. They register themselves in FAULTS as those of faults.py do."""

from __future__ import annotations

import asyncio
import functools
import gzip
import json

from upstream import answers
from upstream.answers import Shape
from upstream.exchange import Exchange
from upstream.faults import body_of, events_of, fault, normal, stream


@functools.cache
def _bomb(megabytes: int) -> bytes:
    filler = b'{"choices":[{"message":{"content":"'
    return gzip.compress(filler + b"a" * (megabytes << 20), compresslevel=1)


@fault
async def gzip_bomb(exchange: Exchange) -> None:
    """A small gzip body that becomes `mb` (256) MiB of JSON."""
    packed = _bomb(exchange.script.integer("mb", 256))
    await exchange.whole(200, packed, {"content-encoding": "gzip"})


@fault
async def html_503(exchange: Exchange) -> None:
    """503 with the error page of a load balancer."""
    page = "<html><head><title>503 Service Temporarily Unavailable</title></head></html>"
    await exchange.whole(503, page, {"content-type": "text/html"})


@fault
async def whole_for_a_stream(exchange: Exchange) -> None:
    """A stream was asked for; a whole JSON answer comes."""
    await exchange.whole(200, body_of(exchange, Shape.of(exchange.script)))


@fault
async def unnamed_stream(exchange: Exchange) -> None:
    """A good stream that says application/octet-stream."""
    if not exchange.wants_stream:
        return await normal(exchange)
    await exchange.head(200, {
        "content-type": "application/octet-stream", "transfer-encoding": "chunked",
    })  # fmt: skip
    for data in [*events_of(exchange, Shape.of(exchange.script)), "[DONE]"]:
        await exchange.event(data)
    await exchange.end_chunks()


@fault
async def done_twice(exchange: Exchange) -> None:
    """A good stream whose end comes twice."""
    await stream(exchange, Shape.of(exchange.script), upto=10**9)
    if exchange.is_messages:
        await exchange.event('{"type": "message_stop"}')
    for _ in range(2):
        await exchange.event("[DONE]")
    await exchange.end_chunks()


@fault
async def usage_twice(exchange: Exchange) -> None:
    """The last usage of a stream is sent again."""
    events = events_of(exchange, Shape.of(exchange.script))
    last = -2 if exchange.is_messages else -1
    await exchange.stream_head()
    for data in [*events[:last], events[last], *events[last:], "[DONE]"]:
        await exchange.event(data)
    await exchange.end_chunks()


@fault
async def error_after_finish(exchange: Exchange) -> None:
    """All text and the finish reason, then an error event in place of the end."""
    events = events_of(exchange, Shape.of(exchange.script))
    await exchange.stream_head()
    for data in events[:-1]:
        await exchange.event(data)
    await exchange.event(answers.error("the meter is broken", None, "server_error"))
    await exchange.end_chunks()


@fault
async def large_error(exchange: Exchange) -> None:
    """500 with `mb` (20) MiB of text."""
    await exchange.whole(500, b"x" * (exchange.script.integer("mb", 20) << 20))


@fault
async def binary_error(exchange: Exchange) -> None:
    """500 with bytes that are no text."""
    await exchange.whole(500, bytes(range(256)) * 4, {"content-type": "application/octet-stream"})


@fault
async def error_without_end(exchange: Exchange) -> None:
    """The head of a 500 and half of its body, then silence."""
    await exchange.head(500, {"content-type": "application/json", "content-length": "4000"})
    await exchange.send(b'{"error":{"message":"half of')
    await exchange.until_client_leaves()


@fault
async def tells_the_key(exchange: Exchange) -> None:
    """401 whose message repeats the key that was sent, as some providers do."""
    key = exchange.recorded.header("x-api-key") or exchange.recorded.header("authorization") or ""
    message = f"Incorrect API key provided: {key.removeprefix('Bearer ')}."
    await exchange.whole(401, answers.error(message, "invalid_api_key", "authentication_error"))


@fault
async def drips(exchange: Exchange) -> None:
    """A good stream, one byte every `ms` (1)."""
    events = [*events_of(exchange, Shape.of(exchange.script)), "[DONE]"]
    await exchange.stream_head()
    for data in events:
        name = f"event: {json.loads(data)['type']}\n" if exchange.is_messages and (
            data != "[DONE]") else ""
        if exchange.is_messages and data == "[DONE]":
            continue
        for byte in f"{name}data: {data}\n\n".encode():
            await exchange.chunk(bytes([byte]))
            await asyncio.sleep(exchange.script.seconds("ms", 1))
    await exchange.end_chunks()
