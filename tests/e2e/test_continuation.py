"""A stream that breaks off after its first text goes on at another target, where the endpoint says
so: one answer for the client, two rows in the ledger, a mark in the trace."""

from __future__ import annotations

import anthropic
import openai
import pytest
from calls import stream_chat
from configurations import configuration, provider
from upstream import Upstream

BREAKS = "cut_between_events;after=4"  # a role or a start, and pieces of text


@pytest.fixture
def second():
    with Upstream() as server:
        yield server


def continued(first, other, kinds=("openai", "openai"), **fields) -> dict:
    fallback = [{"provider": "other", "model": "mock"}]
    fields = {"on_midstream_failure": "continue", "fallback": fallback, **fields}
    config = configuration(first, **fields)
    config["providers"]["upstream"] = provider(first, kind=kinds[0])
    config["providers"]["other"] = provider(other, kind=kinds[1])
    return config


PAIRS = [(a, b) for a in ("openai", "anthropic") for b in ("openai", "anthropic")]


@pytest.mark.parametrize("kinds", PAIRS, ids="-".join)
def test_an_openai_client_reads_one_answer(start, upstream, second, kinds):
    tandem = start(continued(upstream, second, kinds))
    upstream.queue(f"{BREAKS};text=one two three four five six")
    second.queue("normal;text= and the rest")
    client = openai.OpenAI(base_url=tandem.url + "/v1", api_key=tandem.make_key()["key"],
                           max_retries=0)
    chunks = list(client.chat.completions.create(
        model="chat", stream=True, stream_options={"include_usage": True},
        messages=[{"role": "user", "content": "Hello there"}], max_tokens=100))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text.startswith("one") and text.endswith(" and the rest")
    assert len({chunk.id for chunk in chunks}) == 1, "one answer has one id"
    ends = [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason]
    assert ends == ["stop"]
    roles = [c for c in chunks if c.choices and c.choices[0].delta.role]
    assert len(roles) <= 1
    said = text.removesuffix(" and the rest")
    asked = str(second.requests[0].json["messages"])
    assert said in asked and "Hello there" in asked
    assert chunks[-1].usage.prompt_tokens > 20, "both are counted"


@pytest.mark.parametrize("kinds", PAIRS, ids="-".join)
def test_an_anthropic_client_reads_one_message(start, upstream, second, kinds):
    tandem = start(continued(upstream, second, kinds))
    upstream.queue(f"{BREAKS};text=one two three four five six")
    second.queue("normal;text= and the rest")
    client = anthropic.Anthropic(base_url=tandem.url, api_key=tandem.make_key()["key"],
                                 max_retries=0)
    with client.messages.stream(model="chat", max_tokens=100,
                                messages=[{"role": "user", "content": "Hello there"}]) as stream:
        message = stream.get_final_message()
    assert [block.type for block in message.content] == ["text"]
    assert message.content[0].text.startswith("one")
    assert message.content[0].text.endswith(" and the rest")
    assert message.stop_reason == "end_turn"


def test_both_are_paid_for_and_marked(start, upstream, second):
    tandem = start(continued(upstream, second))
    upstream.queue(f"{BREAKS};text=one two three four five six")
    stream = stream_chat(tandem)
    assert stream.done and stream.error is None
    rows = tandem.attempts_of(stream.request_id, 2)
    assert (rows[1]["state"], rows[2]["state"]) == ("estimated", "settled")
    assert rows[1]["output_tokens"] > 0 and rows[2]["output_tokens"] == 9
    trace = tandem.trace_of(stream.headers)
    names = [event["name"] for event in trace["spans"][0]["events"]]
    assert names == ["attempt_failed", "continued"]
    assert trace["cost_nano_usd"] == rows[1]["cost_nano_usd"] + rows[2]["cost_nano_usd"]


@pytest.mark.parametrize("script", ["stall_mid_stream;after=4", "cut_mid_event;after=4;how=reset",
                                    "malformed_event", "error_event"])
def test_every_way_to_break(start, upstream, second, script):
    timeouts = {"connect_ms": 2000, "first_byte_ms": 3000, "first_token_ms": 3000, "idle_ms": 300,
                "total_ms": 20000}  # fmt: skip
    tandem = start(continued(upstream, second, timeouts=timeouts))
    upstream.queue(script)
    stream = stream_chat(tandem)
    assert stream.done and stream.error is None
    assert len(second.requests) == 1


def test_three_targets_one_answer(start, upstream, second):
    fallback = [{"provider": "other", "model": "mock"}, {"provider": "upstream", "model": "mock"}]
    tandem = start(continued(upstream, second, fallback=fallback))
    upstream.queue(f"{BREAKS};text=one two three", "normal;text= end.")
    second.queue(f"{BREAKS};text= four five six")
    stream = stream_chat(tandem)
    assert stream.done and stream.text.startswith("one") and stream.text.endswith(" end.")
    assert len(tandem.attempts_of(stream.request_id, 3)) == 3


def test_where_nobody_can_go_on_the_stream_ends_in_an_error(start, upstream, second):
    tandem = start(continued(upstream, second))
    upstream.queue(BREAKS)
    second.queue("status_500")
    stream = stream_chat(tandem)
    assert not stream.done and stream.error["code"] == "server_error"


def test_a_tool_call_is_not_continued(start, upstream, second):
    """Half of its arguments at one model and half at another make no call."""
    tandem = start(continued(upstream, second))
    upstream.queue("cut_between_events;after=4;tool=weather")
    stream = stream_chat(tandem)
    assert "tool_calls" in str(stream.events)
    assert not stream.done and stream.error and not second.requests


def test_json_is_not_continued(start, upstream, second):
    tandem = start(continued(upstream, second))
    upstream.queue(BREAKS)
    stream = stream_chat(tandem, response_format={"type": "json_object"})
    assert not stream.done and stream.error and not second.requests


def test_without_the_setting_a_broken_stream_stays_broken(start, upstream, second):
    tandem = start(continued(upstream, second, on_midstream_failure="error"))
    upstream.queue(BREAKS)
    stream = stream_chat(tandem)
    assert not stream.done and stream.error and not second.requests


@pytest.mark.parametrize("streams", ["cut_between_events;after=1", "stall_mid_stream;after=1"])
def test_before_the_first_text_another_target_takes_over_unseen(start, upstream, second, streams):
    """A role alone is no answer: no setting is needed, and nothing is paid."""
    timeouts = {"connect_ms": 2000, "first_byte_ms": 3000, "first_token_ms": 3000, "idle_ms": 300,
                "total_ms": 20000}  # fmt: skip
    tandem = start(continued(upstream, second, on_midstream_failure="error", timeouts=timeouts))
    upstream.queue(streams)
    stream = stream_chat(tandem)
    assert stream.done and stream.headers["x-tandem-target"] == "other/mock"
    rows = tandem.attempts_of(stream.request_id, 2)
    assert (rows[1]["state"], rows[1]["cost_nano_usd"]) == ("released", 0)
