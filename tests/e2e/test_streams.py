"""Promises about streams."""

from __future__ import annotations

import json
import time

import processes
import pytest
from calls import OpenStream, chat_body, stream_chat, until
from upstream import Shape

TEXT = Shape().text
USAGE = {"stream_options": {"include_usage": True}}

BROKEN = ["cut_mid_event", "cut_mid_event;how=reset", "cut_between_events", "error_event",
          "malformed_event", "stall_mid_stream", "chunked_garbage", "oversized_event",
          "endless_event;mb=40"]  # fmt: skip


@pytest.mark.parametrize("script", BROKEN)
def test_a_broken_stream(tandem, upstream, script):
    """A broken stream ends with an error event and without `[DONE]` or `message_stop`."""
    upstream.queue(script)
    begin = time.monotonic()
    stream = stream_chat(tandem)
    assert time.monotonic() - begin < 10
    assert not stream.done
    if stream.status != 200:  # nothing had been said yet: a plain error
        assert stream.status == 502 and script in ("endless_event;mb=40", "chunked_garbage")
        return
    assert stream.events[-1]["error"]["message"]
    assert TEXT.startswith(stream.text)
    assert stream.request_id


@pytest.mark.parametrize("script", BROKEN)
def test_malformed_events_are_not_forwarded(tandem, upstream, script):
    """A malformed event is never forwarded: the stream ends in a clean error."""
    upstream.queue(script)
    stream = stream_chat(tandem)
    assert not stream.cut
    for data in stream.data:
        json.loads(data)


def test_what_came_with_a_malformed_event_is_not_lost(tandem, upstream):
    """Text that the client pays for reaches it, also where the damage came in the same packet."""
    upstream.queue("one_write_then_malformed;after=4")
    stream = stream_chat(tandem, **USAGE)
    assert stream.error and not stream.done
    assert stream.text and TEXT.startswith(stream.text)
    row = tandem.ledger_rows(stream.request_id)[0]
    assert row["state"] == "estimated" and row["output_tokens"] > 0


@pytest.mark.parametrize("script", ["missing_done", "cut_before_done"])
def test_a_forgotten_done(tandem, upstream, script):
    """A complete stream whose provider forgot `[DONE]` is a success and gets one."""
    upstream.queue(script)
    stream = stream_chat(tandem, **USAGE)
    assert stream.error is None
    assert (stream.text, stream.done, stream.cut) == (TEXT, True, False)
    assert stream.usage["completion_tokens"] == 9
    row = tandem.ledger_rows(stream.request_id)[0]
    assert (row["state"], row["output_tokens"]) == ("settled", 9)


def test_done_does_not_wait_for_the_connection(tandem, upstream):
    """What is complete is handed on: a provider that lingers behind `[DONE]` delays nobody."""
    upstream.queue("lingers_after_done")
    begin = time.monotonic()
    stream = stream_chat(tandem, **USAGE)
    assert time.monotonic() - begin < 1
    assert (stream.text, stream.done, stream.error) == (TEXT, True, None)


DIALECTS = ["normal", "crlf_events", "cr_events", "comments", "named_events", "multi_line_events",
            "split;bytes=1", "split;bytes=2", "split;bytes=7", "one_write", "early_hints",
            "early_usage", "data_after_done", "until_close", "close_without_notice"]  # fmt: skip


@pytest.mark.parametrize("script", DIALECTS)
def test_dialects_of_sse(tandem, upstream, script):
    """However a good stream is written and cut, it arrives whole."""
    upstream.queue(script)
    stream = stream_chat(tandem, **USAGE)
    assert stream.error is None
    assert (stream.text, stream.done, stream.cut) == (TEXT, True, False)
    assert stream.data[-1] == "[DONE]" and stream.data.count("[DONE]") == 1
    assert stream.usage["completion_tokens"] == 9


def test_headers_of_a_stream(tandem):
    """Streams say that they are streams and must not be buffered."""
    stream = stream_chat(tandem)
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert "no-cache" in stream.headers["cache-control"]
    assert stream.headers.get("x-accel-buffering") == "no"


def test_events_come_when_they_are_said(tandem, upstream):
    """One `writev` per event: nothing waits for what comes later."""
    upstream.queue("normal;deltas=8;delta_ms=100")
    call = OpenStream(tandem, chat_body(stream=True))
    times = []
    for _ in range(8):
        call.read_events(1)
        times.append(time.monotonic())
    call.leave()
    gaps = [later - earlier for earlier, later in zip(times[1:], times[2:])]
    assert min(gaps) > 0.05 and max(gaps) < 0.25


def test_usage_only_when_asked(tandem, upstream):
    """Usage is asked of the provider always and of the client's stream only when it asked."""
    quiet = stream_chat(tandem)
    assert quiet.usage is None
    assert upstream.requests[0].json["stream_options"]["include_usage"] is True
    loud = stream_chat(tandem, **USAGE)
    assert loud.usage == {"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29}
    assert loud.events[-1]["choices"] == []


def test_tool_calls_in_streams(tandem, upstream):
    """Tools: deltas pass as they are."""
    upstream.queue("tool_call")
    stream = stream_chat(tandem)
    arguments = ""
    for event in stream.events:
        for choice in event["choices"]:
            for call in choice["delta"].get("tool_calls") or []:
                arguments += call["function"].get("arguments", "")
    assert json.loads(arguments) == {"city": "Lyon"}
    assert stream.events[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_a_client_that_leaves_cancels(tandem, upstream):
    """A client that goes away cancels the upstream call."""
    upstream.queue("normal;deltas=5000;delta_ms=5")
    call = OpenStream(tandem, chat_body(stream=True, max_tokens=6000))
    call.read_events(3)
    call.leave()
    until(lambda: upstream.requests[0].client_gone_at, 2, "the upstream call is cancelled")


def test_a_client_that_reads_slowly_slows_the_provider(tandem, upstream):
    """Back-pressure: what the client does not take is not piled up in memory."""
    before = processes.rss_bytes(tandem.pid)
    upstream.queue("flood;mb=64")
    call = OpenStream(tandem, chat_body(stream=True, max_tokens=10**6))
    call.read_events(1)
    time.sleep(2)
    assert upstream.requests[0].bytes_sent < 40 * 2**20
    assert processes.rss_bytes(tandem.pid) - before < 40 * 2**20
    call.leave()
    until(lambda: upstream.requests[0].client_gone_at, 3, "the upstream call is cancelled")


def test_completions_stream(tandem, upstream):
    """`/v1/completions` streams too."""
    call = OpenStream(tandem, {"model": "chat", "prompt": "Say", "stream": True},
                      path="/v1/completions")  # fmt: skip
    stream = call.read_all()
    call.leave()
    assert (stream.text, stream.done) == (TEXT, True)
    assert stream.events[0]["object"] == "text_completion"
