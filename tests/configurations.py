"""Configurations for tests: one provider (tests/upstream), round prices, generous budgets.

Prices are such that a test can compute a cost in its head: an input token costs 1,000 nano-dollars,
a cached one 250, an output token 2,000.
"""

from __future__ import annotations

INPUT_NANO_USD = 1000
CACHED_NANO_USD = 250
OUTPUT_NANO_USD = 2000
PRICE = {"input": 1.0, "cached_input": 0.25, "output": 2.0}
PROVIDER_KEY = "sk-upstream-key"


def cost_nano_usd(input_tokens: int, output_tokens: int, cached: int = 0) -> int:
    fresh = input_tokens - cached
    return fresh * INPUT_NANO_USD + cached * CACHED_NANO_USD + output_tokens * OUTPUT_NANO_USD


def provider(upstream, **fields) -> dict:
    return {"kind": "openai", "base_url": upstream.url, "api_key": "env:UPSTREAM_KEY", **fields}


def chat_endpoint(*, provider_name: str = "upstream", model: str = "mock", **fields) -> dict:
    """An endpoint that does not try again, unless a test says so."""
    endpoint = {
        "kind": "chat",
        "targets": [{"provider": provider_name, "model": model}],
        "retries": 0,
        "timeouts": {
            "connect_ms": 2000, "first_byte_ms": 3000, "first_token_ms": 3000, "idle_ms": 2000,
            "total_ms": 20000,
        },
    }  # fmt: skip
    return {**endpoint, **fields}


def configuration(upstream, endpoints: dict | None = None, **chat_fields) -> dict:
    """`chat` and `embed` on one upstream; `endpoints` adds or replaces."""
    base = {
        "chat": chat_endpoint(**chat_fields),
        "embed": {**chat_endpoint(model="mock-embed"), "kind": "embedding"},
    }
    return {
        "providers": {"upstream": provider(upstream)},
        "endpoints": {**base, **(endpoints or {})},
        "prices": {"mock": PRICE, "mock-embed": {"input": 1.0}, "fault:*": PRICE},
        "projects": {"default": {"budget": {"nano_usd": 10**13, "period": "month"}}},
    }
