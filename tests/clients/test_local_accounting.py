"""What calls of local models cost and how their time is reckoned, on the real models."""

from __future__ import annotations

import pytest
from calls import chat
from test_openai_local import CONFIG

MESSAGES = [
    {"role": "system", "content": "You are terse."},
    {"role": "user", "content": "Naïve café, 日本, and 12345678 <|im_end|> again."},
]


@pytest.fixture
def tandem(start_tandem):
    prices = {"smollm2-135m-instruct": {"input": 1, "output": 0}}
    return start_tandem({**CONFIG, "prices": prices})


def ask(tandem, key, **fields):
    body = {"model": "chat", "messages": MESSAGES, "max_tokens": 1, "temperature": 0, **fields}
    return tandem.request("POST", "/v1/chat/completions", key=key, body=body, timeout_s=180)


def test_admission_counts_with_the_models_tokenizer(tandem):
    """"Input tokens counted by the target's tokenizer where it is local": an input token costs
    1,000 nano-dollars here, so a budget of exactly the reported tokens admits the call, and one
    token less refuses it."""
    tokens = ask(tandem, None).json()["usage"]["prompt_tokens"]
    assert tokens > 20
    for limit, status in ((tokens, 200), (tokens - 1, 429)):
        budget = {"nano_usd": limit * 1000, "period": "total"}
        key = tandem.make_key(budget=budget)["key"]
        answer = ask(tandem, key)
        assert answer.status == status, answer.body
        if status == 200:
            assert answer.headers["x-tandem-cost-nano-usd"] == str(tokens * 1000)
        else:
            assert answer.error["code"] == "budget_exceeded"


def test_loading_a_model_is_no_overhead(tandem):
    """x-tandem-overhead-us is "time in Tandem that was not spent waiting for the target": not the
    seconds in which the first call loads its model."""
    body = {"model": "embedding", "input": "What is the capital of France?"}
    for _ in range(2):
        answer = tandem.request("POST", "/v1/embeddings", body=body)
        assert answer.status == 200, answer.body
        assert 0 <= int(answer.headers["x-tandem-overhead-us"]) < 50_000
    assert chat(tandem, max_tokens=1).status == 200
    first = chat(tandem, max_tokens=1)
    assert 0 <= int(first.headers["x-tandem-overhead-us"]) < 50_000
