"""The common matrix against real providers: a chat, a stream, a tool call, through both clients,
with usage and cost in the ledger. It costs a fraction of a cent a provider and needs network."""

from __future__ import annotations

import os

import anthropic
import openai
import pytest

from live.providers import LIVE

PRICE = {"input": 1.0, "output": 2.0}
QUESTION = [{"role": "user", "content": "Reply with the single word: pong"}]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ASK_TOOL = [{"role": "user", "content": "What is the weather in Lyon? Use the tool."}]


@pytest.fixture(params=LIVE, ids=lambda live: live.kind)
def live(request):
    if not request.param.present:
        pytest.skip(f"{' and '.join(request.param.needs)} not in the environment")
    return request.param


@pytest.fixture
def tandem(start_tandem, live):
    config = {
        "providers": {"live": live.provider()},
        "endpoints": {"chat": {"kind": "chat", "retries": 2,
                               "targets": [{"provider": "live", "model": live.asked_model}]}},
        "prices": {live.asked_model: PRICE},
        "projects": {"default": {"budget": {"nano_usd": 10**9, "period": "month"}}},
    }  # fmt: skip
    secrets = [*live.needs, *live.references.values()]
    return start_tandem(config, environment={
        name: os.environ[name] for name in secrets if name in os.environ})


@pytest.fixture
def openai_client(tandem):
    key = tandem.make_key()["key"]
    with openai.OpenAI(base_url=tandem.url + "/v1", api_key=key, max_retries=0) as made:
        yield made


@pytest.fixture
def anthropic_client(tandem):
    key = tandem.make_key("claude")["key"]
    with anthropic.Anthropic(base_url=tandem.url, api_key=key, max_retries=0) as made:
        yield made


def check_ledger(tandem, headers, inputs: int, outputs: int) -> None:
    """The row says what the client was told, and costs what the prices say."""
    row = tandem.ledger_rows(headers["x-request-id"])[0]
    assert (row["state"], row["input_tokens"], row["output_tokens"]) == ("settled", inputs, outputs)
    assert inputs > 0 and outputs > 0
    assert row["cost_nano_usd"] == 1000 * inputs + 2000 * outputs


def test_chat(openai_client, tandem):
    raw = openai_client.chat.completions.with_raw_response.create(
        model="chat", max_tokens=300, messages=QUESTION)
    answer = raw.parse()
    assert "pong" in answer.choices[0].message.content.lower()
    assert answer.choices[0].finish_reason == "stop"
    check_ledger(tandem, raw.headers, answer.usage.prompt_tokens, answer.usage.completion_tokens)


def test_stream(openai_client, tandem):
    stream = openai_client.chat.completions.create(
        model="chat", max_tokens=300, messages=QUESTION, stream=True,
        stream_options={"include_usage": True})
    chunks = list(stream)
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert "pong" in text.lower()
    usage = chunks[-1].usage
    check_ledger(tandem, stream.response.headers, usage.prompt_tokens, usage.completion_tokens)


@pytest.mark.parametrize("streamed", [False, True])
def test_tool_call(anthropic_client, streamed):
    ask = {"model": "chat", "max_tokens": 300, "messages": ASK_TOOL,
           "tools": [{"name": "weather", "description": "The weather of a city.",
                      "input_schema": SCHEMA}]}  # fmt: skip
    if streamed:
        with anthropic_client.messages.stream(**ask) as stream:
            message = stream.get_final_message()
    else:
        message = anthropic_client.messages.create(**ask)
    call = next(block for block in message.content if block.type == "tool_use")
    assert call.name == "weather" and "lyon" in call.input["city"].lower()
    assert message.stop_reason == "tool_use"


def test_a_refusal_is_the_providers_own(openai_client):
    with pytest.raises(openai.APIStatusError) as refused:
        openai_client.chat.completions.create(
            model="chat", messages=QUESTION, max_tokens=-5)
    assert 400 <= refused.value.status_code < 500
