"""Promises about tries, fallbacks and what is never tried again."""

from __future__ import annotations

import time

import pytest
from calls import chat, stream_chat
from configurations import PRICE, chat_endpoint, configuration, provider
from upstream import Upstream


@pytest.fixture
def second():
    with Upstream(default="normal;text=from the second") as server:
        yield server


@pytest.fixture
def two(start, upstream, second):
    """`chat`: the first upstream, two more tries, then the second as fallback."""

    def run(**fields):
        endpoint = chat_endpoint(
            fallback=[{"provider": "second", "model": "other"}], **{"retries": 0, **fields}
        )
        config = configuration(upstream, {"chat": endpoint})
        config["providers"]["second"] = provider(second)
        config["prices"]["other"] = PRICE
        return start(config)

    return run


FAILS = ["status_429", "status_500", "status_502", "status_503", "reset_on_request",
         "close_on_request", "reset_after_headers", "cut_mid_body", "error_200", "html_200",
         "empty_200", "malformed_body", "not_http", "chunked_garbage", "length_too_long",
         "two_lengths"]  # fmt: skip


@pytest.mark.parametrize("script", FAILS)
def test_falls_over(two, upstream, second, script):
    """429, 5xx, reset and timeout try again or fall over; a 200 whose body is an error counts as a
    failure."""
    tandem = two()
    upstream.queue(script)
    answer = chat(tandem)
    assert answer.status == 200
    assert answer.json()["choices"][0]["message"]["content"] == "from the second"
    assert answer.headers["x-tandem-target"] == "second/other"
    assert answer.headers["x-tandem-attempts"] == "2"
    assert (len(upstream.requests), len(second.requests)) == (1, 1)


STREAM_FAILS = ["status_429", "status_500", "reset_on_request", "close_on_request",
                "reset_after_headers", "error_200", "error_200;as=body", "html_200",
                "empty_stream", "not_http"]  # fmt: skip


@pytest.mark.parametrize("script", STREAM_FAILS)
def test_streams_fall_over_before_the_first_event(two, upstream, second, script):
    """A stream that fails before anything was said falls over like any other call."""
    tandem = two()
    upstream.queue(script)
    stream = stream_chat(tandem)
    assert (stream.status, stream.text, stream.done) == (200, "from the second", True)
    assert stream.error is None
    assert stream.headers["x-tandem-target"] == "second/other"


@pytest.mark.parametrize("script", ["never_answers", "slow_headers;ms=300"])
def test_timeouts_fall_over(two, upstream, script):
    """… and timeout try again or fall over."""
    tandem = two(timeouts={"first_byte_ms": 400, "total_ms": 10000})
    upstream.queue(script)
    start = time.monotonic()
    answer = chat(tandem)
    assert answer.headers["x-tandem-target"] == "second/other"
    assert time.monotonic() - start < 3
    upstream.wait_until(lambda server: server.requests[0].client_gone_at, 2)


def test_first_token_timeout(two, upstream):
    """`first_token_ms`: a stream that opens and says nothing falls over."""
    tandem = two(timeouts={"first_byte_ms": 2000, "first_token_ms": 300, "total_ms": 10000})
    upstream.queue("stall_mid_stream;after=0")
    stream = stream_chat(tandem)
    assert (stream.text, stream.done) == ("from the second", True)


def test_tries_again_at_the_same_target(two, upstream, second):
    """`retries: N`: 429, 5xx, reset and timeout try again …"""
    tandem = two(retries=2)
    upstream.queue("reset_on_request", "status_500", "normal;text=third time lucky")
    answer = chat(tandem)
    assert answer.json()["choices"][0]["message"]["content"] == "third time lucky"
    assert answer.headers["x-tandem-target"] == "upstream/mock"
    assert answer.headers["x-tandem-attempts"] == "3"
    assert second.requests == []


def test_retries_on(two, upstream, second):
    """`retries: {max, on: ["429","5xx","reset","timeout"]}`: only what is listed is tried again."""
    tandem = two(retries={"max": 3, "on": ["5xx"]})
    upstream.queue("status_500", "reset_after_headers")
    assert chat(tandem).headers["x-tandem-target"] == "second/other"
    assert (len(upstream.requests), len(second.requests)) == (2, 1)


def test_a_429_that_names_its_time(start, upstream):
    """429 (unless its `retry-after`/`retry-after-ms` fits the deadline) …: where it fits, the same
    target is tried again after that time."""
    tandem = start(configuration(upstream, retries=1))
    upstream.queue("status_429;retry_after_ms=600")
    begin = time.monotonic()
    answer = chat(tandem)
    assert answer.status == 200
    assert 0.6 <= time.monotonic() - begin < 3
    upstream.queue("status_429;retry_after=1")
    begin = time.monotonic()
    assert chat(tandem).status == 200
    assert 1.0 <= time.monotonic() - begin < 4


def test_a_429_that_asks_for_too_much(two, upstream, second):
    """… one that does not fit falls over at once."""
    tandem = two(retries=2)
    upstream.queue("status_429;retry_after=3600")
    begin = time.monotonic()
    assert chat(tandem).headers["x-tandem-target"] == "second/other"
    assert time.monotonic() - begin < 2
    assert len(upstream.requests) == 1


def test_context_length(two, upstream, second):
    """A context-length error falls over without a second try."""
    tandem = two(retries=3)
    upstream.queue("context_length")
    assert chat(tandem).headers["x-tandem-target"] == "second/other"
    assert (len(upstream.requests), len(second.requests)) == (1, 1)


@pytest.mark.parametrize(
    ("script", "status", "code"),
    [
        ("content_filter", 400, "content_filter"),
        ("status_400;code=bad_thing", 400, "bad_thing"),
        ("status_404;code=model_gone", 404, "model_gone"),
        ("status_403;code=not_yours", 403, "not_yours"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_refusals_pass_through(two, upstream, second, script, status, code, stream):
    """A content-filter refusal and other 4xx do neither and keep the provider's code."""
    tandem = two(retries=3)
    upstream.queue(script)
    if stream:
        answer = stream_chat(tandem)
        assert answer.status == status
        assert f'"{code}"' in answer.raw.decode()
    else:
        answer = chat(tandem)
        assert (answer.status, answer.error["code"]) == (status, code)
    assert (len(upstream.requests), second.requests) == (1, [])


def test_all_targets_fail(two, upstream, second):
    """Every target failed: a clear error, with the number of attempts."""
    tandem = two(retries=1)
    upstream.queue("status_500", "status_503")
    second.queue("reset_on_request", "status_502")
    answer = chat(tandem)
    assert answer.status in (502, 503)
    assert answer.error["message"] and answer.error["code"]
    assert answer.headers["x-tandem-attempts"] == "4"


def test_names(two, upstream, second):
    """The `model` field of an answer names the endpoint; `x-tandem-target` is `provider/model` of
    the attempt that answered, `x-tandem-attempts` their number."""
    tandem = two()
    answer = chat(tandem)
    assert answer.json()["model"] == "chat"
    assert upstream.requests[0].json["model"] == "mock"
    assert answer.headers["x-tandem-endpoint"] == "chat"
    assert answer.headers["x-tandem-target"] == "upstream/mock"
    assert answer.headers["x-tandem-attempts"] == "1"
    stream = stream_chat(tandem)
    assert {event["model"] for event in stream.events} == {"chat"}
    upstream.queue("other_model", "other_model")
    assert chat(tandem).json()["model"] == "chat"
    assert {event["model"] for event in stream_chat(tandem).events} == {"chat"}


def test_weights(start, upstream, second):
    """Weights: traffic is shared by them."""
    endpoint = chat_endpoint(
        targets=[
            {"provider": "upstream", "model": "mock", "weight": 3},
            {"provider": "second", "model": "other", "weight": 1},
        ]
    )
    config = configuration(upstream, {"chat": endpoint})
    config["providers"]["second"] = provider(second)
    tandem = start(config)
    for _ in range(400):
        assert chat(tandem).status == 200
    # Binomial(400, 1/4) is outside 60…140 less than once in 10^5 runs.
    assert 60 <= len(second.requests) <= 140


def test_nobody_listens(start, upstream):
    """A provider that is not there ends in a clear error, soon."""
    config = configuration(upstream)
    config["providers"]["upstream"]["base_url"] = "http://127.0.0.1:9/v1"
    tandem = start(config)
    begin = time.monotonic()
    answer = chat(tandem)
    assert answer.status in (502, 503)
    assert time.monotonic() - begin < 3
    assert "upstream" in answer.error["message"], "the error does not name the provider"
