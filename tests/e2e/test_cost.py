"""Promises about what a call costs."""

from __future__ import annotations

import pytest
from calls import chat, stream_chat
from configurations import chat_endpoint, configuration, cost_nano_usd

ONE_CALL = cost_nano_usd(20, 9)
USAGE = {"stream_options": {"include_usage": True}}
COST = {"x-tandem-include-cost": "true"}


def test_header(tandem):
    """Non-streaming answers carry `x-tandem-cost-nano-usd`."""
    assert chat(tandem).headers["x-tandem-cost-nano-usd"] == str(ONE_CALL)
    embedding = tandem.request("POST", "/v1/embeddings", body={"model": "embed", "input": "x"})
    assert embedding.headers["x-tandem-cost-nano-usd"] == str(20 * 1000)


def test_cost_in_a_stream(tandem):
    """Cost in a stream is `usage.cost_nano_usd` in the final usage chunk, only when asked for."""
    asked = stream_chat(tandem, headers=COST, **USAGE)
    assert asked.usage["cost_nano_usd"] == ONE_CALL
    assert asked.usage["completion_tokens"] == 9
    assert asked.events[-1]["choices"] == []
    assert "cost_nano_usd" not in stream_chat(tandem, **USAGE).usage
    for quiet in (stream_chat(tandem), stream_chat(tandem, headers=COST)):
        assert quiet.usage is None
        assert b"cost_nano_usd" not in quiet.raw
        assert quiet.events[-1]["choices"][0]["finish_reason"] == "stop"


def test_classes_of_tokens(tandem, upstream):
    """Cached tokens are part of the input and have a price of their own."""
    upstream.queue("normal;prompt_tokens=1000;cached_tokens=600;completion_tokens=10")
    answer = chat(tandem)
    expected = 400 * 1000 + 600 * 250 + 10 * 2000
    assert answer.headers["x-tandem-cost-nano-usd"] == str(expected)


@pytest.mark.parametrize(
    ("price", "input_tokens", "output_tokens", "expected"),
    [
        # 0.15 and 0.60 USD a million: 150 and 600 nano-dollars a token.
        ({"input": 0.15, "output": 0.60}, 7, 3, 7 * 150 + 3 * 600),
        # 0.000123 USD a million: 123 pico-dollars a token; three are 0.369 nano-dollars, up to 1.
        ({"input": 0.000123, "output": 0}, 3, 5, 1),
        # The sum is rounded, not its parts: 0.4 + 0.4 = 0.8, up to 1, not 2.
        ({"input": 0.0004, "output": 0.0004}, 1, 1, 1),
        # An exact nano-dollar is not rounded up.
        ({"input": 0.0005, "output": 0.0005}, 1, 1, 1),
        # No binary fraction on the way: 3 x 0.1 is 0.3.
        ({"input": 0.1, "output": 0.3}, 3_000_000, 1, 3_000_000 * 100 + 300),
    ],
)  # fmt: skip
def test_exact_sums(start, upstream, price, input_tokens, output_tokens, expected):
    """Prices are exact decimals in US dollars per million tokens, held as integer pico-dollars per
    token; a call's cost is the exact sum, rounded up once to a nano-dollar."""
    config = configuration(upstream)
    config["prices"]["mock"] = price
    tandem = start(config)
    upstream.queue(f"normal;prompt_tokens={input_tokens};completion_tokens={output_tokens}")
    assert chat(tandem).headers["x-tandem-cost-nano-usd"] == str(expected)


def test_built_in_prices_do_not_override(start, upstream):
    """Built-in prices never override the file's."""
    endpoints = {"chat": chat_endpoint(model="gpt-4o-mini")}
    config = configuration(upstream, endpoints)
    config["prices"]["gpt-4o-mini"] = {"input": 5, "output": 7}
    tandem = start(config)
    assert chat(tandem).headers["x-tandem-cost-nano-usd"] == str(20 * 5000 + 9 * 7000)


def test_built_in_prices(start, upstream):
    """Built-in table underneath: gpt-4o-mini is 0.15 and 0.60 USD a million."""
    config = configuration(upstream, {"chat": chat_endpoint(model="gpt-4o-mini")})
    tandem = start(config)
    assert chat(tandem).headers["x-tandem-cost-nano-usd"] == str(20 * 150 + 9 * 600)


@pytest.mark.parametrize(
    "model", ["mock-v2", "vendor/mock-v2", "mock-v2-2024-07-18", "mock-v2-20241022", "family-x-1"]
)
def test_how_a_price_is_found(start, upstream, model):
    """A price is found by exact model name, then without a provider prefix, then without a date
    suffix, then by the longest configured prefix ending in `*`."""
    config = configuration(upstream, {"chat": chat_endpoint(model=model)})
    config["prices"] |= {
        "mock-v2": {"input": 3, "output": 0},
        "fam*": {"input": 1, "output": 0},
        "family-*": {"input": 3, "output": 0},
    }
    tandem = start(config)
    assert chat(tandem).headers["x-tandem-cost-nano-usd"] == str(20 * 3000)


def test_unknown_price(start, upstream):
    """An unknown model costs 0 with `cost_source: "unknown"`, a warning and a metric, never
    silently."""
    tandem = start(configuration(upstream, {"chat": chat_endpoint(model="nobody-knows-me")}))
    answer = chat(tandem)
    assert answer.status == 200
    row = tandem.ledger_rows(answer.headers["x-request-id"])[0]
    assert (row["cost_nano_usd"], row["cost_source"]) == (0, "unknown")
    assert "nobody-knows-me" in tandem.log_tail(200)
    metrics = tandem.request("GET", "/metrics", key="").body.decode()
    assert any(
        "unknown" in line and "price" in line and not line.endswith(" 0")
        for line in metrics.splitlines() if not line.startswith("#")
    )  # fmt: skip
