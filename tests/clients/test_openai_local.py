"""The models of the embedded defaults through the unmodified `openai` client: no mock anywhere."""

from __future__ import annotations

import math

import openai
import pytest


CONFIG = {
    "providers": {
        "local": {"kind": "llama", "model": "smollm2-135m-instruct"},
        "embedded": {"kind": "onnx", "model": "bge-small-en-v1.5"},
    },
    "endpoints": {
        "chat": {"kind": "chat", "targets": [{"provider": "local"}]},
        "embedding": {"kind": "embedding", "targets": [{"provider": "embedded"}]},
    },
}


@pytest.fixture
def client(start_tandem):
    tandem = start_tandem(CONFIG)
    with openai.OpenAI(base_url=tandem.url + "/v1", api_key=tandem.admin_key, timeout=120,
                       max_retries=0) as made:
        yield made


def test_a_streamed_chat_with_a_local_model(client):
    """A streamed chat with SmolLM2 in a supervised child: text, usage, and a clean end."""
    text, usage, finish = "", None, None
    stream = client.chat.completions.create(
        model="chat", stream=True, max_tokens=12, temperature=0,
        stream_options={"include_usage": True},
        messages=[{"role": "user", "content": "What is the capital of France?"}])
    for chunk in stream:
        assert chunk.model == "chat"
        usage = chunk.usage or usage
        if chunk.choices:
            text += chunk.choices[0].delta.content or ""
            finish = chunk.choices[0].finish_reason or finish
    assert any(letter.isalpha() for letter in text)
    assert finish in ("stop", "length")
    assert 0 < usage.completion_tokens <= 12 and usage.prompt_tokens > 5


def test_embeddings_of_a_local_model(client):
    """Vectors have length 1, and texts that mean the same are nearer than others."""
    answer = client.embeddings.create(model="embedding", input=[
        "My invoice is wrong.", "There is a mistake in my bill.", "The weather is nice today."])
    first, second, third = (item.embedding for item in answer.data)
    assert len(first) == 384 and math.isclose(sum(x * x for x in first), 1, rel_tol=1e-4)
    near, far = (sum(a * b for a, b in zip(first, other)) for other in (second, third))
    assert near > far + 0.1
    assert answer.usage.prompt_tokens == answer.usage.total_tokens > 15


def test_responses_of_a_local_model(client):
    """A conversation of stored responses with SmolLM2, streamed and whole."""
    with client.responses.stream(model="chat", input="What is the capital of France?",
                                 max_output_tokens=12, temperature=0) as stream:
        events = list(stream)
    text = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    assert events[-1].type in ("response.completed", "response.incomplete")
    first = events[-1].response
    assert any(letter.isalpha() for letter in text) and first.output_text == text
    assert 0 < first.usage.output_tokens <= 12 and first.usage.input_tokens > 5
    second = client.responses.create(model="chat", input="And of Italy?", max_output_tokens=8,
                                     previous_response_id=first.id)
    assert second.output_text and second.usage.input_tokens > first.usage.input_tokens
