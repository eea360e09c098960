"""Promises about bytes, headers and base URLs."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest
from calls import CHAT, chat, chat_body, stream_chat
from configurations import PROVIDER_KEY, configuration
from upstream import Script

# Numbers that no double holds, escapes, odd spaces, a key twice: what a rewrite would lose.
ODD = (
    b'"x_number": 3.14159265358979323846264338327950288, "x_big": 123456789012345678901234567890,'
    b'\t"x_escape":"\\u00e9\\/\\ud83d\\ude00", "x_nest" : { "a":[1.0e+2 , -0.0], "" : null }'
)


@pytest.mark.parametrize("stream", [False, True])
def test_unknown_fields_of_requests(tandem, upstream, stream):
    """On the same dialect, unknown fields keep their bytes both ways."""
    body = (
        b'{"model": "chat",  "messages": [ {"role":"user","content":"h\\u00e9llo \\ud83d\\ude00",'
        b'"x_in_message": 1.50} ],"max_tokens": 50,' + ODD + b', "temperature": 0.70'
        + (b', "stream" : true' if stream else b"") + b"}"
    )  # fmt: skip
    assert tandem.request("POST", CHAT, body=body).status == 200
    seen = upstream.requests[0].body
    assert ODD in seen
    assert b'"h\\u00e9llo \\ud83d\\ude00"' in seen
    assert b'"x_in_message": 1.50' in seen
    assert b'"temperature": 0.70' in seen
    assert json.loads(seen)["model"] == "mock"


@pytest.mark.parametrize("stream", [False, True])
def test_unknown_fields_of_answers(tandem, upstream, stream):
    """On the same dialect, unknown fields keep their bytes both ways."""
    upstream.queue(Script("normal", {"extra": ODD.decode()}))
    raw = stream_chat(tandem).raw if stream else chat(tandem).body
    assert ODD in raw


@pytest.mark.parametrize("suffix", ["/v1", "/v1/", "", "/"])
def test_base_urls(start, upstream, suffix):
    """Base URLs work with and without `/v1`."""
    config = configuration(upstream)
    config["providers"]["upstream"]["base_url"] = f"http://127.0.0.1:{upstream.port}{suffix}"
    tandem = start(config)
    assert chat(tandem).status == 200
    assert upstream.requests[0].path == "/v1/chat/completions"


def test_base_url_with_a_path(start, upstream):
    """A base URL may have a path of its own."""
    config = configuration(upstream)
    config["providers"]["upstream"]["base_url"] = f"http://127.0.0.1:{upstream.port}/openai/v1"
    tandem = start(config)
    assert chat(tandem).status == 200
    assert upstream.requests[0].path == "/openai/v1/chat/completions"


GOVERNED = ("x-request-id", "x-tandem-trace-id", "x-tandem-endpoint", "x-tandem-target",
            "x-tandem-attempts", "x-tandem-overhead-us")  # fmt: skip


def test_headers_of_every_governed_answer(tandem):
    """Every governed answer carries `x-request-id`, `x-tandem-trace-id`, `x-tandem-endpoint`,
    `x-tandem-target`, `x-tandem-attempts`, `x-tandem-overhead-us`, `x-ratelimit-*`."""
    key = tandem.make_key(limits={"requests_per_minute": 1000, "tokens_per_minute": 10**7})["key"]
    embedding = tandem.request("POST", "/v1/embeddings", body={"model": "embed", "input": "x"},
                               key=key)  # fmt: skip
    for answer in (chat(tandem, key=key), stream_chat(tandem, key=key), embedding):
        for name in GOVERNED:
            assert answer.headers.get(name), name
        assert any(name.startswith("x-ratelimit-") for name in answer.headers)
        assert int(answer.headers["x-tandem-overhead-us"]) < 10**6


def test_overhead_does_not_count_the_provider(tandem, upstream):
    """`x-tandem-overhead-us`: time in Tandem that was not spent waiting for the target."""
    upstream.queue("slow_first_byte;ms=500")
    assert int(chat(tandem).headers["x-tandem-overhead-us"]) < 100_000


def test_trace_context(tandem, upstream):
    """An incoming `traceparent` is continued."""
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    sent = {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}
    answer = chat(tandem, headers=sent)
    assert answer.headers["x-tandem-trace-id"] == trace_id
    passed_on = upstream.requests[0].header("traceparent")
    assert passed_on.split("-")[1] == trace_id and passed_on.split("-")[2] != "00f067aa0ba902b7"
    broken = chat(tandem, headers={"traceparent": "00-zz"})
    assert broken.status == 200 and len(broken.headers["x-tandem-trace-id"]) == 32


def test_what_the_provider_sees(tandem, upstream):
    """The provider's key goes to the provider, the client's key never does."""
    key = tandem.make_key()["key"]
    chat(tandem, key=key, headers={"x-custom": "1", "cookie": "a=b"})
    seen = upstream.requests[0]
    assert seen.header("authorization") == f"Bearer {PROVIDER_KEY}"
    assert key not in str(seen.headers) and key.encode() not in seen.body
    assert seen.header("cookie") is None


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_compressed_requests(tandem, upstream, encoding):
    """gzip and deflate request bodies with a bomb limit."""
    plain = json.dumps(chat_body()).encode()
    body = gzip.compress(plain) if encoding == "gzip" else zlib.compress(plain)
    headers = {"content-encoding": encoding, "content-type": "application/json"}
    assert tandem.request("POST", CHAT, body=body, headers=headers).status == 200
    bomb = json.dumps(chat_body("a" * (64 * 2**20))).encode()
    body = gzip.compress(bomb) if encoding == "gzip" else zlib.compress(bomb)
    assert tandem.request("POST", CHAT, body=body, headers=headers).status == 413
    cut = tandem.request("POST", CHAT, body=body[:100], headers=headers)
    assert cut.status in (400, 413)


def test_gzip_from_the_provider(tandem, upstream):
    """A provider that compresses unasked is understood, and billed by what it says."""
    upstream.queue("gzip_answer")
    answer = chat(tandem)
    if answer.status == 200:
        assert answer.json()["usage"]["completion_tokens"] == 9
    else:
        assert answer.status == 502 and answer.error["message"]


def test_embeddings_keep_their_bytes(tandem, upstream):
    """Embeddings pass as the provider wrote them, in both encodings."""
    for encoding in ("float", "base64"):
        body = {"model": "embed", "input": ["a", "b"], "encoding_format": encoding}
        answer = tandem.request("POST", "/v1/embeddings", body=body)
        assert answer.status == 200
        data = answer.json()["data"]
        assert [row["index"] for row in data] == [0, 1]
        assert isinstance(data[0]["embedding"], str if encoding == "base64" else list)
    assert json.loads(upstream.requests[0].body)["model"] == "mock-embed"
