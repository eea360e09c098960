"""The unmodified cohere client, and Jina's shape over plain HTTP, on every kind of target."""

from __future__ import annotations

import json
import math
from pathlib import Path

import cohere
import pytest
from calls import until
from configurations import chat_endpoint, configuration
from upstream.operation_answers import relevance

ROOT = Path(__file__).resolve().parent.parent.parent
# Made with Python's ONNX Runtime and tokenizers, see the folder's README.
REFERENCE = json.loads((ROOT / "src/engines/testdata/scores_expected.json").read_text())["rows"]
DOCUMENTS = ["Berlin has 3,520,031 inhabitants", "New York is famous for its museums", "berlin"]
QUERY = "how many people live in Berlin"


def rerank_endpoint(**fields) -> dict:
    return {**chat_endpoint(model="rerank-v3.5"), "kind": "rerank", **fields}


@pytest.fixture
def tandem(start_tandem, upstream):
    local = {"kind": "rerank", "targets": [{"provider": "reranker"}]}
    config = configuration(upstream, {"rerank": rerank_endpoint(), "local": local})
    config["providers"]["cohere"] = {**config["providers"]["upstream"], "kind": "cohere"}
    config["endpoints"]["coherent"] = {
        **rerank_endpoint(), "targets": [{"provider": "cohere", "model": "rerank-v3.5"}],
    }  # fmt: skip
    config["providers"]["tei"] = {"kind": "tei", "base_url": upstream.url}
    config["endpoints"]["inference"] = {
        **rerank_endpoint(), "targets": [{"provider": "tei", "model": "bge-reranker-base"}],
    }  # fmt: skip
    config["providers"]["reranker"] = {"kind": "onnx", "model": "ms-marco-minilm-l12"}
    # Two US dollars for a thousand searches, as Cohere has it; Jina counts tokens.
    config["prices"]["rerank-v3.5"] = {"thousand_rows": 2.0, "input": 1.0}
    return start_tandem(config, environment={"UPSTREAM_KEY": "sk-upstream-key"})


def client_of(tandem):
    return cohere.ClientV2(api_key=tandem.admin_key, base_url=tandem.url)


@pytest.mark.parametrize("endpoint, path", [("rerank", "/v1/rerank"), ("coherent", "/v2/rerank")])
def test_cohere(tandem, upstream, endpoint, path):
    upstream.queue("normal;flavour=cohere")
    answer = client_of(tandem).rerank(model=endpoint, query=QUERY, documents=DOCUMENTS, top_n=2)
    best = sorted(range(3), key=lambda n: -relevance(QUERY, DOCUMENTS[n]))[:2]
    assert [result.index for result in answer.results] == best
    assert answer.results[0].relevance_score == relevance(QUERY, DOCUMENTS[best[0]])
    assert answer.meta.billed_units.search_units == 1
    sent = upstream.requests[0]
    assert sent.path.endswith(path)
    assert sent.json == {"model": "rerank-v3.5", "query": QUERY, "documents": DOCUMENTS, "top_n": 2}
    (row,) = until(lambda: tandem.ledger(endpoint=endpoint), 1)
    assert (row["kind"], row["state"], row["cost_nano_usd"]) == ("rerank", "settled", 2_000_000)


def test_jinas_shape(tandem, upstream):
    body = {"model": "rerank", "query": QUERY, "documents": [{"text": d} for d in DOCUMENTS],
            "return_documents": True}  # fmt: skip
    answer = tandem.request("POST", "/v1/rerank", body=body)
    assert answer.status == 200
    assert answer.json()["model"] == "rerank"
    for result in answer.json()["results"]:
        assert result["document"] == {"text": DOCUMENTS[result["index"]]}
    (row,) = until(lambda: tandem.ledger(endpoint="rerank"), 1)
    assert (row["input_tokens"], row["cost_nano_usd"]) == (61, 61_000)


def test_text_embeddings_inference(tandem, upstream):
    upstream.queue("normal;flavour=tei")
    answer = client_of(tandem).rerank(model="inference", query=QUERY, documents=DOCUMENTS, top_n=2)
    best = sorted(range(3), key=lambda n: -relevance(QUERY, DOCUMENTS[n]))[:2]
    assert [result.index for result in answer.results] == best
    assert answer.results[0].relevance_score == relevance(QUERY, DOCUMENTS[best[0]])
    assert upstream.requests[0].path == "/rerank"
    assert upstream.requests[0].json == {"query": QUERY, "texts": DOCUMENTS, "truncate": True}


def test_the_local_cross_encoder_scores_as_its_reference_does(tandem):
    documents = [row["document"] for row in REFERENCE]
    answer = client_of(tandem).rerank(
        model="local", query=REFERENCE[0]["query"], documents=documents
    )
    scores = {result.index: result.relevance_score for result in answer.results}
    assert list(scores.values()) == sorted(scores.values(), reverse=True)
    for index, row in enumerate(REFERENCE):
        # Processors round int8 products differently: half a logit at most.
        low, high = (1 / (1 + math.exp(-(row["logit"] + by))) for by in (-0.5, 0.5))
        assert low <= scores[index] <= high
    assert answer.meta.tokens.input_tokens == sum(row["tokens"] for row in REFERENCE)
    (row,) = until(lambda: tandem.ledger(endpoint="local"), 1)
    assert (row["state"], row["cost_nano_usd"]) == ("settled", 0)
    assert row["input_tokens"] == sum(row["tokens"] for row in REFERENCE)


def test_the_local_one_knows_top_n_and_return_documents(tandem):
    body = {"model": "local", "query": QUERY, "documents": DOCUMENTS, "top_n": 1,
            "return_documents": True}  # fmt: skip
    answer = tandem.request("POST", "/v1/rerank", body=body).json()
    assert [result["index"] for result in answer["results"]] == [0]
    assert answer["results"][0]["document"] == {"text": DOCUMENTS[0]}
    bad = tandem.request("POST", "/v1/rerank", body={**body, "documents": [{"image": "x"}]})
    assert bad.status == 400
    assert bad.error["param"] == "documents"


def test_the_guard_reads_query_and_documents(tandem, upstream):
    secret = "AKIAQ3EGRIAJ5XZWBN7T"
    body = {"model": "rerank", "query": f"who has {secret}", "documents": [f"I: {secret}",
            {"text": f"me: {secret}", "title": secret}]}  # fmt: skip
    assert tandem.request("POST", "/v1/rerank", body=body).status == 200
    assert secret.encode() not in upstream.requests[0].body


@pytest.mark.parametrize(
    "change, param",
    [
        ({"query": ""}, "query"), ({"query": 7}, "query"), ({"documents": []}, "documents"),
        ({"documents": "x"}, "documents"), ({"documents": [7]}, "documents[0]"),
        ({"top_n": 0}, "top_n"), ({"model": None}, "model"),
    ],
)  # fmt: skip
def test_errors_name_the_field(tandem, upstream, change, param):
    body = {"model": "rerank", "query": QUERY, "documents": DOCUMENTS, **change}
    answer = tandem.request("POST", "/v1/rerank", body=body)
    assert answer.status == 400
    assert answer.error["param"] == param
    assert upstream.requests == []


def test_an_endpoint_of_another_kind_says_so(tandem):
    body = {"model": "chat", "query": QUERY, "documents": DOCUMENTS}
    answer = tandem.request("POST", "/v1/rerank", body=body)
    assert answer.status == 400
    assert "of kind chat" in answer.error["message"]
    with pytest.raises(cohere.NotFoundError):
        client_of(tandem).rerank(model="nobody", query=QUERY, documents=DOCUMENTS)
