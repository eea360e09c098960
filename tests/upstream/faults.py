"""All scripts of the upstream, each an async function of an Exchange. FAULTS names them; the
docstring of each says what it does and which options it knows."""

from __future__ import annotations

import asyncio
import gzip
import json

from upstream import answers, bedrock_answers, gemini_answers
from upstream.answers import Shape
from upstream.bodies import body_of, events_of
from upstream.exchange import Exchange
from upstream.operations import answer_operation
from upstream.script import Script

FAULTS: dict = {}
CROWDS: dict = {}  # of `crowded`, one a server and size


def fault(function):
    FAULTS[function.__name__] = function
    return function


# --- answers as they should be --------------------------------------------------------------------


async def stream(
    exchange: Exchange, shape: Shape, *, newline="\n", done=True, comments=False, upto=None
) -> None:
    """A stream, whole or its first `upto` events (then without its end)."""
    await exchange.stream_head()
    for index, data in enumerate(events_of(exchange, shape)[:upto]):
        if comments:
            await exchange.chunk(f": keep-alive{newline}{newline}".encode())
        if index > 1 and shape.delta_ms:
            await asyncio.sleep(shape.delta_ms / 1000)
        await exchange.event(data, newline)
    if upto is None:
        if done:
            await exchange.event("[DONE]", newline)
        await exchange.end_chunks()


@fault
async def normal(exchange: Exchange) -> None:
    """A good answer: any field of Shape as an option; flavour=cohere for reranks."""
    shape = Shape.of(exchange.script)
    if shape.delay_ms:
        await asyncio.sleep(shape.delay_ms / 1000)
    if await answer_operation(exchange):
        return
    if exchange.wants_stream:
        await stream(exchange, shape)
    else:
        await exchange.whole(200, body_of(exchange, shape))


# --- slow, silent, gone ---------------------------------------------------------------------------


@fault
async def slow_first_byte(exchange: Exchange) -> None:
    """Waits `ms` (2000), then answers well."""
    await asyncio.sleep(exchange.script.seconds("ms", 2000))
    await normal(exchange)


@fault
async def crowded(exchange: Exchange) -> None:
    """Works on `at_once` (4) requests at a time, `delay_ms` (50) each; the others wait inside, in
    their order. All requests with the same numbers share one server."""
    at_once = exchange.script.integer("at_once", 4)
    key = (asyncio.get_running_loop(), at_once)
    room = CROWDS.setdefault(key, asyncio.Semaphore(at_once))
    async with room:
        await asyncio.sleep(exchange.script.seconds("delay_ms", 50))
    await normal(Exchange(exchange.connection, exchange.recorded, Script("normal")))


@fault
async def never_answers(exchange: Exchange) -> None:
    """Reads the request and says nothing."""
    await exchange.until_client_leaves()


@fault
async def stall_mid_stream(exchange: Exchange) -> None:
    """`after` (3) events, `ms` (never) of silence, then the rest."""
    shape, after = Shape.of(exchange.script), exchange.script.integer("after", 3)
    events = events_of(exchange, shape)
    await stream(exchange, shape, upto=after)
    await asyncio.sleep(exchange.script.seconds("ms", 120_000))
    for data in [*events[after:], "[DONE]"]:
        await exchange.event(data)
    await exchange.end_chunks()


@fault
async def slow_headers(exchange: Exchange) -> None:
    """A good head, one byte every `ms` (200)."""
    body = body_of(exchange, Shape.of(exchange.script)).encode()
    head = exchange.head_bytes(
        200, {"content-type": "application/json", "content-length": str(len(body))}
    )
    await exchange.send_in_pieces(head, 1, exchange.script.seconds("ms", 200))
    await exchange.send(body)


@fault
async def slow_body(exchange: Exchange) -> None:
    """The head at once, then one byte of the body every `ms` (200)."""
    body = body_of(exchange, Shape.of(exchange.script)).encode()
    await exchange.head(
        200, {"content-type": "application/json", "content-length": str(len(body))}
    )
    await exchange.send_in_pieces(body, 1, exchange.script.seconds("ms", 200))


@fault
async def reset_on_accept(exchange: Exchange) -> None:
    """RST as soon as the connection is accepted (only from the queue: nothing is read)."""
    exchange.connection.reset()


@fault
async def reset_on_request(exchange: Exchange) -> None:
    """RST after the request, before any byte of an answer."""
    exchange.connection.reset()


@fault
async def close_on_request(exchange: Exchange) -> None:
    """FIN after the request, before any byte of an answer."""
    exchange.connection.close()


@fault
async def reset_after_headers(exchange: Exchange) -> None:
    """The head of a good answer, then RST."""
    if exchange.wants_stream:
        await exchange.stream_head()
    else:
        await exchange.head(200, {"content-type": "application/json", "content-length": "500"})
    await asyncio.sleep(0.05)
    exchange.connection.reset()


# --- cut ------------------------------------------------------------------------------------------


@fault
async def cut_mid_body(exchange: Exchange) -> None:
    """Half of a body whose length was announced, then FIN (or RST with `how=reset`)."""
    body = body_of(exchange, Shape.of(exchange.script)).encode()
    await exchange.head(
        200, {"content-type": "application/json", "content-length": str(len(body))}
    )
    await exchange.send(body[: len(body) // 2])
    await asyncio.sleep(0.02)
    if exchange.script.text("how", "close") == "reset":
        exchange.connection.reset()
    else:
        exchange.connection.close()


@fault
async def cut_mid_event(exchange: Exchange) -> None:
    """`after` (3) events, half of the next one, then FIN (or RST with `how=reset`)."""
    shape, after = Shape.of(exchange.script), exchange.script.integer("after", 3)
    data = events_of(exchange, shape)[after]
    await stream(exchange, shape, upto=after)
    if exchange.is_converse_stream:
        framed = bedrock_answers.frame_of(data)
        await exchange.chunk(framed[: len(framed) // 2])
    else:
        await exchange.chunk(f"data: {data}"[: len(data) // 2].encode())
    await asyncio.sleep(0.02)
    if exchange.script.text("how", "close") == "reset":
        exchange.connection.reset()
    else:
        exchange.connection.close()


@fault
async def cut_between_events(exchange: Exchange) -> None:
    """`after` (3) whole events, then the chunked body ends properly, without a finish reason."""
    await stream(exchange, Shape.of(exchange.script), upto=exchange.script.integer("after", 3))
    await exchange.end_chunks()


@fault
async def cut_before_done(exchange: Exchange) -> None:
    """All events, usage too, then FIN without [DONE] and without the last chunk."""
    await stream(exchange, Shape.of(exchange.script), upto=10**9)
    exchange.connection.close()


@fault
async def missing_done(exchange: Exchange) -> None:
    """A complete stream, properly ended, that forgot [DONE]."""
    await stream(exchange, Shape.of(exchange.script), done=False)


@fault
async def empty_stream(exchange: Exchange) -> None:
    """The head of a stream and its end, nothing between."""
    await exchange.stream_head()
    await exchange.end_chunks()


# --- says no --------------------------------------------------------------------------------------


async def _status(exchange: Exchange, status: int) -> None:
    headers = {}
    for key in ("retry-after", "retry-after-ms", "x-should-retry"):
        if (value := exchange.script.options.get(key.replace("-", "_"))) is not None:
            headers[key] = value
    kinds = {429: "rate_limit_error", 401: "authentication_error"}
    kind = kinds.get(status, "server_error" if status >= 500 else "invalid_request_error")
    code = exchange.script.options.get("code") or (
        "rate_limit_exceeded" if status == 429 else None
    )
    body = answers.error(f"upstream says {status}", code, kind)
    if exchange.is_gemini:
        body = gemini_answers.error_of(exchange.script, status, f"upstream says {status}")
    await exchange.whole(status, body, headers)


def _add_status(status: int) -> None:
    async def answer(exchange: Exchange) -> None:
        await _status(exchange, status)

    answer.__doc__ = f"HTTP {status}; options retry_after, retry_after_ms, code."
    FAULTS[f"status_{status}"] = answer


for _number in (400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504):
    _add_status(_number)


@fault
async def context_length(exchange: Exchange) -> None:
    """400 context_length_exceeded, as OpenAI says it."""
    said = "This model's maximum context length is 8192 tokens."
    body = answers.error(said, "context_length_exceeded")
    await exchange.whole(400, gemini_answers.TOO_LONG if exchange.is_gemini else body)


@fault
async def content_filter(exchange: Exchange) -> None:
    """400 content_filter, as Azure says it."""
    message = "The response was filtered due to the prompt triggering the content policy."
    await exchange.whole(400, answers.error(message, "content_filter"))


@fault
async def error_200(exchange: Exchange) -> None:
    """200 whose body is an error; for a stream, an event stream whose first event is one."""
    body = answers.error("overloaded, try again", "overloaded", "server_error")
    if exchange.is_gemini:
        body = gemini_answers.error(503, "overloaded, try again")
    if exchange.wants_stream and exchange.script.text("as", "event") == "event":
        await exchange.stream_head()
        await exchange.event(body)
        await exchange.end_chunks()
    else:
        await exchange.whole(200, body)


@fault
async def error_event(exchange: Exchange) -> None:
    """`after` (3) good events, then an error event and the end."""
    await stream(exchange, Shape.of(exchange.script), upto=exchange.script.integer("after", 3))
    said = answers.error("the engine crashed", None, "server_error")
    if exchange.is_gemini:
        said = gemini_answers.error(500, "the engine crashed")
    await exchange.event(said)
    await exchange.end_chunks()


@fault
async def html_200(exchange: Exchange) -> None:
    """200 with a login page."""
    page = "<!doctype html><html><body><h1>Sign in to the Wi-Fi</h1></body></html>"
    await exchange.whole(200, page, {"content-type": "text/html"})


@fault
async def empty_200(exchange: Exchange) -> None:
    """200 without a body."""
    await exchange.whole(200, b"")


# --- breaks the protocol --------------------------------------------------------------------------


@fault
async def malformed_event(exchange: Exchange) -> None:
    """`after` (3) good events, one that is not JSON, then the rest as if nothing were."""
    shape, after = Shape.of(exchange.script), exchange.script.integer("after", 3)
    events = events_of(exchange, shape)
    await stream(exchange, shape, upto=after)
    for data in ['{"choices":[{"index":0,"delta":{"content":"bro', *events[after:], "[DONE]"]:
        await exchange.event(data)
    await exchange.end_chunks()


@fault
async def malformed_body(exchange: Exchange) -> None:
    """200 application/json whose body is not JSON."""
    await exchange.whole(200, body_of(exchange, Shape.of(exchange.script))[:-7])


@fault
async def oversized_event(exchange: Exchange) -> None:
    """One event of `bytes` (8 MiB) among good ones."""
    shape = Shape.of(exchange.script)
    await stream(exchange, shape, upto=2)
    size = exchange.script.integer("bytes", 8 * 1024 * 1024)
    choice = {"index": 0, "delta": {"content": "a" * size}, "finish_reason": None}
    await exchange.event(json.dumps({"id": "x", "choices": [choice]}))
    for data in [*events_of(exchange, shape)[2:], "[DONE]"]:
        await exchange.event(data)
    await exchange.end_chunks()


@fault
async def endless_event(exchange: Exchange) -> None:
    """An event that never ends, up to `mb` (200) MiB."""
    await exchange.stream_head()
    await exchange.chunk(b'data: {"choices":[{"index":0,"delta":{"content":"')
    for _ in range(exchange.script.integer("mb", 200) * 16):
        await exchange.chunk(b"a" * 65536)


@fault
async def endless_headers(exchange: Exchange) -> None:
    """A head that never ends, up to `mb` (200) MiB."""
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    line = b"x-more: " + b"a" * 4000 + b"\r\n"
    for _ in range(exchange.script.integer("mb", 200) * 256):
        await exchange.send(line)


@fault
async def endless_body(exchange: Exchange) -> None:
    """A chunked JSON body that never ends, up to `mb` (400) MiB."""
    await exchange.head(200, {"content-type": "application/json", "transfer-encoding": "chunked"})
    await exchange.chunk(b'{"id":"x","choices":[{"message":{"content":"')
    for _ in range(exchange.script.integer("mb", 400) * 16):
        await exchange.chunk(b"a" * 65536)


@fault
async def flood(exchange: Exchange) -> None:
    """Good events as fast as the socket takes them, `mb` (100) MiB in all, then the end."""
    shape = Shape.of(exchange.script)
    choice = {"index": 0, "delta": {"content": "flood " * 160}, "finish_reason": None}
    data = json.dumps({"id": "x", "object": "chat.completion.chunk", "choices": [choice]})
    await exchange.stream_head()
    for _ in range(exchange.script.integer("mb", 100) * 1024):
        await exchange.event(data)
    for data in [*events_of(exchange, shape)[-2:], "[DONE]"]:
        await exchange.event(data)
    await exchange.end_chunks()


@fault
async def length_too_long(exchange: Exchange) -> None:
    """Announces 100 bytes more than it sends, then keeps the connection open."""
    body = body_of(exchange, Shape.of(exchange.script)).encode()
    await exchange.head(
        200, {"content-type": "application/json", "content-length": str(len(body) + 100)}
    )
    await exchange.send(body)
    await exchange.until_client_leaves()


@fault
async def length_too_short(exchange: Exchange) -> None:
    """Announces 100 bytes less than it sends; the rest follows on the open connection."""
    body = body_of(exchange, Shape.of(exchange.script)).encode()
    await exchange.head(
        200, {"content-type": "application/json", "content-length": str(len(body) - 100)}
    )
    await exchange.send(body)


@fault
async def two_lengths(exchange: Exchange) -> None:
    """Two content-length headers that contradict each other."""
    body = body_of(exchange, Shape.of(exchange.script)).encode()
    head = (
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\ncontent-length: {len(body) - 9}\r\n\r\n"
    )
    await exchange.send(head.encode() + body)


@fault
async def chunked_garbage(exchange: Exchange) -> None:
    """A chunked body whose second chunk size is no number."""
    await exchange.head(200, {
        "content-type": "text/event-stream" if exchange.wants_stream else "application/json",
        "transfer-encoding": "chunked",
    })  # fmt: skip
    data = events_of(exchange, Shape.of(exchange.script))[0]
    await exchange.event(data)
    await exchange.send(b"zz\r\nnot a chunk\r\n\r\n")


@fault
async def not_http(exchange: Exchange) -> None:
    """Answers like an SSH server."""
    await exchange.send(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
    exchange.connection.close()


# --- lies and oddities ----------------------------------------------------------------------------


def _normal_with(name: str, about: str, **options: str) -> None:
    async def answer(exchange: Exchange) -> None:
        merged = {**options, **exchange.script.options}
        exchange.script = type(exchange.script)(name, merged)
        await normal(exchange)

    answer.__doc__ = about
    FAULTS[name] = answer


_normal_with("zero_usage", "A good answer whose usage is zero.", usage="zero")
_normal_with("missing_usage", "A good answer without usage.", usage="missing")
_normal_with("early_usage", "A stream with the usage in every chunk.", usage="early")
_normal_with(
    "lying_usage", "Ten million output tokens for nine words.", completion_tokens="10000000"
)
_normal_with("negative_usage", "A negative number of output tokens.", completion_tokens="-5000")
_normal_with("other_model", "Names another model than was asked.", model="mock-2024-07-18")
_normal_with("tool_call", "Calls the tool get_weather.", tool="get_weather")
_normal_with("blocked_prompt", "Gemini: the prompt was blocked.", finish="blocked")
_normal_with("model_refuses", "A refusal in the message.", refusal="I cannot help with that.")


@fault
async def close_without_notice(exchange: Exchange) -> None:
    """A good answer on what looks like a keep-alive connection, then FIN."""
    await normal(exchange)
    exchange.connection.close()


@fault
async def until_close(exchange: Exchange) -> None:
    """A good answer without length that ends with the connection (HTTP/1.0 style)."""
    if exchange.wants_stream:
        await exchange.head(200, {"content-type": "text/event-stream", "connection": "close"})
        for data in [*events_of(exchange, Shape.of(exchange.script)), "[DONE]"]:
            await exchange.send(f"data: {data}\n\n".encode())
    else:
        await exchange.head(200, {"content-type": "application/json", "connection": "close"})
        await exchange.send(body_of(exchange, Shape.of(exchange.script)).encode())
    exchange.connection.close()


@fault
async def gzip_answer(exchange: Exchange) -> None:
    """A good answer, gzip-encoded although nobody asked."""
    body = gzip.compress(body_of(exchange, Shape.of(exchange.script)).encode())
    await exchange.whole(200, body, {"content-encoding": "gzip"})


@fault
async def crlf_events(exchange: Exchange) -> None:
    """A good stream whose lines end in CRLF."""
    await stream(exchange, Shape.of(exchange.script), newline="\r\n")


@fault
async def cr_events(exchange: Exchange) -> None:
    """A good stream whose lines end in CR alone, which the SSE grammar allows."""
    await stream(exchange, Shape.of(exchange.script), newline="\r")


@fault
async def comments(exchange: Exchange) -> None:
    """A good stream with a comment before every event."""
    await stream(exchange, Shape.of(exchange.script), comments=True)


@fault
async def named_events(exchange: Exchange) -> None:
    """A good stream with event, id and retry fields, and no space behind the colons."""
    await exchange.stream_head()
    for index, data in enumerate([*events_of(exchange, Shape.of(exchange.script)), "[DONE]"]):
        await exchange.chunk(f"event:message\nid:{index}\nretry:10\ndata:{data}\n\n".encode())
    await exchange.end_chunks()


@fault
async def multi_line_events(exchange: Exchange) -> None:
    """A good stream whose JSON is spread over several data lines."""
    await exchange.stream_head()
    for data in events_of(exchange, Shape.of(exchange.script)):
        lines = json.dumps(json.loads(data), indent=1).split("\n")
        await exchange.chunk(("".join(f"data: {line}\n" for line in lines) + "\n").encode())
    await exchange.event("[DONE]")
    await exchange.end_chunks()


@fault
async def split(exchange: Exchange) -> None:
    """A good stream whose bytes leave `bytes` (1) at a time, `ms` (0) apart, each its own chunk."""
    size = exchange.script.integer("bytes", 1)
    events = [*events_of(exchange, Shape.of(exchange.script)), "[DONE]"]
    data = "".join(f"data: {event}\n\n" for event in events).encode()
    await exchange.stream_head()
    for at in range(0, len(data), size):
        await exchange.chunk(data[at : at + size])
        await asyncio.sleep(exchange.script.seconds("ms", 0))
    await exchange.end_chunks()


@fault
async def one_write(exchange: Exchange) -> None:
    """A good stream in a single write and a single chunk."""
    events = [*events_of(exchange, Shape.of(exchange.script)), "[DONE]"]
    data = "".join(f"data: {event}\n\n" for event in events).encode()
    head = exchange.head_bytes(
        200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"}
    )
    await exchange.send(head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data))


@fault
async def one_write_then_malformed(exchange: Exchange) -> None:
    """`after` (3) good events and one that is not JSON, all in a single chunk."""
    after = exchange.script.integer("after", 3)
    events = [*events_of(exchange, Shape.of(exchange.script))[:after], '{"choices":[{"ind']
    await exchange.stream_head()
    await exchange.chunk("".join(f"data: {event}\n\n" for event in events).encode())
    await exchange.end_chunks()


@fault
async def lingers_after_done(exchange: Exchange) -> None:
    """A good stream whose chunked body does not end behind [DONE] for `ms` (never)."""
    await stream(exchange, Shape.of(exchange.script), upto=10**9)
    await exchange.event("[DONE]")
    await asyncio.sleep(exchange.script.seconds("ms", 120_000))
    await exchange.end_chunks()


@fault
async def early_hints(exchange: Exchange) -> None:
    """103 before a good answer."""
    await exchange.send(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n")
    await normal(exchange)


@fault
async def data_after_done(exchange: Exchange) -> None:
    """A good stream that goes on behind [DONE]."""
    await exchange.stream_head()
    events = events_of(exchange, Shape.of(exchange.script))
    for data in [*events, "[DONE]", events[1]]:
        await exchange.event(data)
    await exchange.end_chunks()
