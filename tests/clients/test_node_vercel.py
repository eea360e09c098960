"""Vercel's AI SDK with its providers for OpenAI-compatible servers, OpenAI and Anthropic."""

from __future__ import annotations

import pytest
from calls import until
from node_client import NodeError
from upstream import Shape
from upstream.answers import embedding_vector

TEXT = Shape().text
PROVIDERS = ["compatible", "openai", "anthropic"]
ENDPOINTS = ["chat", "claude"]  # behind them: an OpenAI provider, an Anthropic one


@pytest.fixture
def case(node, two_dialects):
    made = two_dialects.make_key()

    def run(name, **options):
        return node.case("vercel_ai", name, url=two_dialects.url, key=made["key"], **options)

    run.key_id = made["id"]
    return run


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("model", ENDPOINTS)
def test_generate_and_stream_text(case, provider, model):
    whole = case("chat", provider=provider, model=model)
    usage = {"inputTokens": 20, "outputTokens": 9}
    assert whole == {"text": TEXT, "finish": "stop", "usage": usage}
    streamed = case("stream", provider=provider, model=model)
    assert streamed == {**whole, "pieces": Shape().words}


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("streamed", [False, True])
def test_tools_in_steps(case, upstream, provider, streamed):
    upstream.queue("tool_call", "normal;text=It is sunny.")
    answer = case("tools", provider=provider, streamed=streamed)
    assert answer == {"asked": [{"city": "Lyon"}], "text": "It is sunny.", "steps": 2}
    assert "sunny" in str(upstream.requests[-1].json["messages"][-1])


@pytest.mark.parametrize("provider", ["compatible", "openai"])
def test_structured_output(case, upstream, provider):
    upstream.queue('normal;text={"city":"Lyon","people":520774}')
    assert case("structured", provider=provider) == {"city": "Lyon", "people": 520774}


def test_embed_many(case):
    answer = case("embeddings", texts=["first", "second"])
    assert answer["vectors"] == [embedding_vector("first"), embedding_vector("second")]
    assert answer["usage"]["tokens"] == 20


@pytest.mark.parametrize("provider", PROVIDERS)
def test_errors(case, upstream, provider):
    """The SDK knows what may be tried again from status and body alone."""
    for script, status, retryable in (
        ("status_400", 400, False), ("status_500", 502, True),
        ("status_429;retry_after=9", 429, True),
    ):  # fmt: skip
        upstream.queue(script)
        with pytest.raises(NodeError) as thrown:
            case("chat", provider=provider)
        assert thrown.value.described["name"] == "AI_APICallError"
        assert (thrown.value.status, thrown.value.described["isRetryable"]) == (status, retryable)
        assert "upstream" in thrown.value.message


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("script", ["error_event", "cut_mid_event"])
def test_a_stream_that_breaks_is_reported(case, upstream, provider, script):
    upstream.queue(script)
    answer = case("stream", provider=provider)
    assert answer["failure"] and "".join(answer["pieces"]) != TEXT


@pytest.mark.parametrize("provider", PROVIDERS)
def test_abort_in_the_middle(case, two_dialects, upstream, provider):
    upstream.queue("normal;deltas=3000;delta_ms=10")
    assert case("abort", provider=provider)["seen"] == 3
    until(lambda: upstream.requests[0].client_gone_at, 3, "the provider's call is cancelled")
    [row] = until(lambda: two_dialects.ledger(key_id=case.key_id), 2, "the row")
    assert row["state"] == "estimated" and 3 <= row["output_tokens"] < 1000


def test_a_retry_of_the_sdk(case, upstream):
    upstream.queue("status_429;retry_after=1")
    assert case("chat", retries=2)["text"] == TEXT
    first, second = upstream.requests
    assert second.received_at - first.received_at >= 0.99
