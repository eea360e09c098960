"""Streams of the Messages API, from providers of either dialect, whole and broken."""

from __future__ import annotations

import json

import pytest
from calls import OpenStream, Stream
from configurations import chat_endpoint, configuration, cost_nano_usd, provider
from upstream import Shape

TEXT = Shape().text
ENDPOINTS = ["claude", "chat"]  # an Anthropic provider, an OpenAI one


@pytest.fixture
def tandem(start, upstream):
    config = configuration(upstream, {"claude": chat_endpoint(provider_name="claude")})
    config["providers"]["claude"] = provider(upstream, kind="anthropic")
    return start(config)


def stream_message(tandem, endpoint: str, headers: dict | None = None, **fields) -> Stream:
    body = {"model": endpoint, "max_tokens": 100, "stream": True,
            "messages": [{"role": "user", "content": "Hello there"}], **fields}  # fmt: skip
    call = OpenStream(tandem, body, path="/v1/messages", headers=headers)
    try:
        return call.read_all()
    finally:
        call.leave()


def text_of(stream: Stream) -> str:
    deltas = [e["delta"] for e in stream.events if e["type"] == "content_block_delta"]
    return "".join(delta.get("text", "") for delta in deltas)


def types_of(stream: Stream) -> list[str]:
    return [event["type"] for event in stream.events]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_whole_stream(tandem, endpoint):
    """The order of events is the API's own; names and types agree; the model is the endpoint."""
    stream = stream_message(tandem, endpoint)
    types = [name for name in types_of(stream) if name != "ping"]
    assert types[:2] == ["message_start", "content_block_start"]
    assert types[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert set(types[2:-3]) == {"content_block_delta"}
    names = [line[7:] for line in stream.raw.decode().splitlines() if line.startswith("event: ")]
    assert names == types_of(stream)
    start = stream.events[0]["message"]
    assert (start["model"], start["role"], start["type"]) == (endpoint, "assistant", "message")
    assert text_of(stream) == TEXT
    assert stream.events[-2]["usage"]["output_tokens"] == 9
    assert "cost_nano_usd" not in stream.events[-2]["usage"]
    row = tandem.ledger_rows(stream.request_id)[0]
    assert row["cost_nano_usd"] == cost_nano_usd(20, 9)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_cost_for_who_asks(tandem, endpoint):
    stream = stream_message(tandem, endpoint, headers={"x-tandem-include-cost": "true"})
    assert stream.events[-2]["usage"]["cost_nano_usd"] == cost_nano_usd(20, 9)


BROKEN = ["cut_mid_event", "cut_mid_event;how=reset", "cut_between_events", "malformed_event",
          "stall_mid_stream", "chunked_garbage", "oversized_event"]  # fmt: skip


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("script", BROKEN)
def test_a_broken_stream(tandem, upstream, endpoint, script):
    """A broken stream ends with an error event and without `[DONE]` or `message_stop`."""
    upstream.queue(script)
    stream = stream_message(tandem, endpoint)
    assert not stream.cut
    assert "message_stop" not in types_of(stream) if stream.status == 200 else True
    if stream.status != 200:  # it broke before its first text
        expected = 504 if script == "stall_mid_stream" else 502
        assert stream.status == expected and json.loads(stream.raw)["type"] == "error"
        return
    last = stream.events[-1]
    assert last["type"] == "error" and last["error"]["type"] and last["error"]["message"]
    assert TEXT.startswith(text_of(stream))


@pytest.mark.parametrize("script", ["status_500", "reset_on_request", "never_answers",
                                    "html_200", "empty_stream"])  # fmt: skip
def test_falls_over_between_dialects(start, upstream, script):
    """Where the Anthropic provider fails before its first event, an OpenAI one takes over."""
    endpoint = chat_endpoint(provider_name="claude",
                             fallback=[{"provider": "upstream", "model": "mock"}])
    endpoint["timeouts"]["first_byte_ms"] = 500
    config = configuration(upstream, {"claude": endpoint})
    config["providers"]["claude"] = provider(upstream, kind="anthropic")
    tandem = start(config)
    upstream.queue(script)
    stream = stream_message(tandem, "claude")
    assert (stream.status, text_of(stream), stream.headers["x-tandem-attempts"]) == (200, TEXT, "2")
    assert stream.headers["x-tandem-target"] == "upstream/mock"
    assert [r.path for r in upstream.requests] == ["/v1/messages", "/v1/chat/completions"]


def test_what_one_target_cannot_do_another_does(start, upstream):
    """Prompts without turns are no kind of call that Anthropic knows: the fallback answers them."""
    fallback = [{"provider": "upstream", "model": "mock"}]
    endpoints = {"claude": chat_endpoint(provider_name="claude", fallback=fallback),
                 "alone": chat_endpoint(provider_name="claude")}  # fmt: skip
    config = configuration(upstream, endpoints)
    config["providers"]["claude"] = provider(upstream, kind="anthropic")
    tandem = start(config)
    ask = {"prompt": "Hello", "max_tokens": 9}
    answer = tandem.request("POST", "/v1/completions", body={"model": "claude", **ask})
    assert answer.status == 200 and answer.json()["choices"][0]["text"] == TEXT
    refused = tandem.request("POST", "/v1/completions", body={"model": "alone", **ask})
    assert refused.status == 400 and "cannot answer a completion" in refused.error["message"]
    several = {"model": "claude", "n": 2, "messages": [{"role": "user", "content": "Hello"}]}
    assert tandem.request("POST", "/v1/chat/completions", body=several).status == 200
    assert [r.path for r in upstream.requests] == ["/v1/completions", "/v1/chat/completions"]
