"""The unmodified openai client, as an application uses it."""

from __future__ import annotations

import openai
import pytest
from configurations import configuration
from upstream import Shape
from upstream.answers import embedding_vector

MESSAGES = [{"role": "user", "content": "hi"}]


@pytest.fixture
def client(tandem, key):
    with openai.OpenAI(base_url=f"{tandem.url}/v1", api_key=key) as made:
        yield made


def test_chat(client):
    answer = client.chat.completions.create(model="chat", messages=MESSAGES)
    assert answer.choices[0].message.content == Shape().text
    assert answer.usage.total_tokens == 29
    assert answer.model == "chat"


def test_stream(client):
    chunks = list(client.chat.completions.create(
        model="chat", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    ))  # fmt: skip
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == Shape().text
    assert chunks[-1].usage.completion_tokens == 9


def test_broken_stream(client, upstream):
    upstream.queue("cut_mid_event;after=4")
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(model="chat", messages=MESSAGES, stream=True))
    assert len(upstream.requests) == 1


def test_completions_models_and_embeddings(client):
    assert client.completions.create(model="chat", prompt="x").choices[0].text == Shape().text
    assert {model.id for model in client.models.list()} == {"chat", "embed"}
    assert client.models.retrieve("chat").id == "chat"
    answer = client.embeddings.create(model="embed", input=["first", "second"])
    assert [row.embedding for row in answer.data] == [
        embedding_vector("first"), embedding_vector("second"),
    ]  # fmt: skip


def test_tools_and_structured_output(client, upstream):
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}}}}  # fmt: skip
    upstream.queue("tool_call")
    answer = client.chat.completions.create(
        model="chat", messages=MESSAGES, tools=[tool], tool_choice="auto",
        response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {}}},
    )  # fmt: skip
    assert answer.choices[0].message.tool_calls[0].function.name == "get_weather"
    assert upstream.requests[0].json["tools"] == [tool]
    assert upstream.requests[0].json["response_format"]["type"] == "json_schema"


def test_errors_are_the_clients_own(client, tandem, upstream):
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="gpt-99", messages=MESSAGES)
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(base_url=f"{tandem.url}/v1", api_key="tk-wrong").models.list()
    poor = tandem.make_key(budget={"nano_usd": 1, "period": "total"})["key"]
    with openai.OpenAI(base_url=f"{tandem.url}/v1", api_key=poor) as broke:
        with pytest.raises(openai.RateLimitError) as refused:
            broke.chat.completions.create(model="chat", messages=MESSAGES)
    assert refused.value.code == "budget_exceeded"
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert upstream.requests == []


def test_the_client_retries_what_it_may(start, upstream):
    """openai-python tries again on 5xx: every try is a governed call of its own."""
    tandem = start(configuration(upstream))
    upstream.queue("status_500")
    with openai.OpenAI(base_url=f"{tandem.url}/v1", api_key=tandem.admin_key) as client:
        answer = client.chat.completions.create(model="chat", messages=MESSAGES)
    assert answer.choices[0].message.content == Shape().text
    assert len(upstream.requests) == 2


@pytest.mark.parametrize("prefix", ["/v1", ""])
def test_paths_without_v1(tandem, key, prefix):
    """Clients that leave out /v1 are common; they get an answer or a clear 404."""
    answer = tandem.request("POST", f"{prefix}/chat/completions", key=key,
                            body={"model": "chat", "messages": MESSAGES})  # fmt: skip
    assert answer.status in ((200,) if prefix else (200, 404))
