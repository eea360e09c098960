"""How the time of calls of local models is reckoned, on the real models."""

from __future__ import annotations

from calls import chat
from test_openai_local import CONFIG


def test_loading_a_model_is_no_overhead(start_tandem):
    """x-tandem-overhead-us is "time in Tandem that was not spent waiting for the target": not the
    seconds in which the first call loads its model."""
    tandem = start_tandem(CONFIG)
    body = {"model": "embedding", "input": "What is the capital of France?"}
    for _ in range(2):
        answer = tandem.request("POST", "/v1/embeddings", body=body)
        assert answer.status == 200, answer.body
        assert 0 <= int(answer.headers["x-tandem-overhead-us"]) < 50_000
    assert chat(tandem, max_tokens=1).status == 200
    first = chat(tandem, max_tokens=1)
    assert 0 <= int(first.headers["x-tandem-overhead-us"]) < 50_000
