"""LlamaIndex's clients for OpenAI-like servers, unmodified, in an environment of their own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from configurations import PRICE, PROVIDER_KEY, chat_endpoint, configuration, provider
from node_client import CACHE
from tandem_process import TandemProcess
from upstream import Shape, Upstream
from upstream.answers import embedding_vector

TEXT = Shape().text
PYTHON = CACHE / "venv-llama-index/bin/python3"
CASES = Path(__file__).parent / "llama_index_cases.py"


@pytest.fixture(scope="module")
def seen(tandem_binary):
    """What every case saw; one start of LlamaIndex is enough."""
    scripts = {
        "tools": "fault:tool_call",
        "shaped": "fault:normal;tool=City",
        "broken": "fault:cut_mid_event;after=5",
    }
    with Upstream() as upstream:
        endpoints = {name: chat_endpoint(model=model) for name, model in scripts.items()}
        endpoints["claude"] = chat_endpoint(provider_name="claude")
        config = configuration(upstream, endpoints)
        config["providers"]["claude"] = provider(upstream, kind="anthropic")
        config["prices"]["fault:*"] = PRICE
        environment = {"UPSTREAM_KEY": PROVIDER_KEY}
        with TandemProcess(config, binary=tandem_binary, environment=environment) as tandem:
            done = subprocess.run(
                [str(PYTHON), str(CASES), tandem.url, tandem.make_key()["key"]],
                capture_output=True, text=True, timeout=200,
                env={**os.environ, "NLTK_DATA": "/nonexistent", "PYTHONPATH": ""},
            )  # fmt: skip
            assert done.returncode == 0, done.stderr[-3000:]
            yield {**json.loads(done.stdout.splitlines()[-1]), "rows": tandem.ledger()}


def test_chat_and_complete(seen):
    assert seen["chat"] == [TEXT, TEXT]
    assert seen["complete"] == TEXT


def test_streams(seen):
    for pieces in seen["stream"]:
        assert [piece for piece in pieces if piece] == Shape().words


def test_a_tool_is_called(seen):
    assert seen["tool"] == ["get_weather", {"city": "Lyon"}]


def test_structured_output(seen):
    assert seen["structured"] == {"city": "Lyon", "people": 0}


def test_calls_side_by_side(seen):
    assert seen["together"] == [TEXT] * 8


def test_embeddings(seen):
    assert seen["embeddings"] == [embedding_vector("first"), embedding_vector("second")]


def test_errors_are_the_classes_that_users_catch(seen):
    assert "NotFoundError" in seen["unknown_model"]
    assert "APIError" in seen["broken_stream"]


def test_every_call_has_its_row(seen):
    # Two chats, a completion, two streams, a tool, a structured answer, eight chats, one embedding
    # call, a broken stream; an unknown model is no call.
    assert len(seen["rows"]) == 17
    assert {row["state"] for row in seen["rows"]} == {"settled", "estimated"}
