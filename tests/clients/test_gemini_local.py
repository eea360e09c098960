"""Local models through the unmodified `google-genai` client: no mock anywhere."""

from __future__ import annotations

import pytest
from google import genai

CONFIG = {
    "providers": {
        "local": {"kind": "llama", "model": "smollm2-135m-instruct"},
        "embedded": {"kind": "onnx", "model": "bge-small-en-v1.5"},
    },
    "endpoints": {
        "chat": {"kind": "chat", "targets": [{"provider": "local"}]},
        "embed": {"kind": "embedding", "targets": [{"provider": "embedded"}]},
    },
}
ASK = {"model": "chat", "contents": "What is the capital of France?", "config": {
    "system_instruction": "Answer in one word.", "max_output_tokens": 12, "temperature": 0,
    "http_options": {"timeout": 120_000}}}  # fmt: skip


@pytest.fixture
def client(start_tandem):
    tandem = start_tandem(CONFIG)
    options = {"base_url": tandem.url, "timeout": 120_000}
    with genai.Client(api_key=tandem.admin_key, http_options=options) as made:
        yield made


def test_a_local_model_speaks_to_a_gemini_client(client):
    """Whole and streamed, the same words; tokens are counted by the model's own tokenizer."""
    whole = client.models.generate_content(**ASK)
    chunks = list(client.models.generate_content_stream(**ASK))
    assert whole.text and whole.text == "".join(chunk.text or "" for chunk in chunks)
    assert whole.candidates[0].finish_reason in ("STOP", "MAX_TOKENS")
    assert chunks[-1].candidates[0].finish_reason == whole.candidates[0].finish_reason
    usage = whole.usage_metadata
    assert usage.prompt_token_count == chunks[-1].usage_metadata.prompt_token_count > 10
    assert 0 < usage.candidates_token_count <= 12
    plain = {"model": "chat", "contents": ASK["contents"]}
    counted = client.models.count_tokens(**plain).total_tokens
    asked = client.models.generate_content(**plain, config={"max_output_tokens": 1})
    assert counted == asked.usage_metadata.prompt_token_count


def test_a_local_model_embeds_for_a_gemini_client(client):
    answer = client.models.embed_content(model="embed", contents=["cat", "dog"])
    first, second = (one.values for one in answer.embeddings)
    assert len(first) == len(second) == 384 and first != second
    assert abs(sum(value * value for value in first) - 1) < 1e-3
