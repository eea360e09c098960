"""A local model through the unmodified `anthropic` client: no mock anywhere."""

from __future__ import annotations

import anthropic
import pytest

CONFIG = {
    "providers": {"local": {"kind": "llama", "model": "smollm2-135m-instruct"}},
    "endpoints": {"chat": {"kind": "chat", "targets": [{"provider": "local"}]}},
}
ASK = {"model": "chat", "max_tokens": 12, "system": "Answer in one word.",
       "messages": [{"role": "user", "content": "What is the capital of France?"}],
       "extra_body": {"temperature": 0}}  # fmt: skip


def input_tokens(message) -> int:
    """What was read from the model's cache is not in Anthropic's input tokens."""
    return message.usage.input_tokens + message.usage.cache_read_input_tokens


@pytest.fixture
def client(start_tandem):
    tandem = start_tandem(CONFIG)
    with anthropic.Anthropic(base_url=tandem.url, api_key=tandem.admin_key, timeout=120,
                             max_retries=0) as made:
        yield made


def test_a_local_model_speaks_to_an_anthropic_client(client):
    """Whole and streamed, the same words; tokens are counted by the model's own tokenizer."""
    whole = client.messages.create(**ASK)
    with client.messages.stream(**ASK) as stream:
        streamed = stream.get_final_message()
    assert whole.content[0].text and whole.content[0].text == streamed.content[0].text
    assert whole.stop_reason in ("end_turn", "max_tokens")
    counted = {key: ASK[key] for key in ("model", "system", "messages")}
    tokens = client.messages.count_tokens(**counted).input_tokens
    assert tokens == input_tokens(whole) == input_tokens(streamed) > 10
    assert 0 < whole.usage.output_tokens <= 12
