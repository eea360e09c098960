"""Targets that fail are left alone for a while; calls go where they are answered sooner."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from calls import chat
from configurations import chat_endpoint, configuration, provider
from upstream import Upstream

BREAKER = {"min_calls": 5, "failure_percent": 50, "window_ms": 10_000, "open_ms": 700, "probes": 1}


@pytest.fixture
def second():
    with Upstream() as server:
        yield server


def two_targets(first, other, **fields) -> dict:
    """`chat` on two providers of equal weight."""
    targets = [{"provider": "upstream", "model": "mock"}, {"provider": "other", "model": "mock"}]
    config = configuration(first, targets=targets, **fields)
    config["providers"]["other"] = provider(other)
    return config


def test_a_broken_target_is_left_alone_and_comes_back(start, upstream):
    """After half of five calls failed, nobody is asked until a probe may go; it closes again."""
    tandem = start(configuration(upstream, breaker=BREAKER))
    upstream.queue(*5 * ["status_500"])
    for _ in range(5):
        assert chat(tandem).status == 502
    begun = time.monotonic()
    refused = chat(tandem)
    assert refused.status == 503 and time.monotonic() - begun < 0.3
    assert refused.headers["retry-after"] == "1"
    assert "failed most of its last calls" in refused.error["message"]
    assert len(upstream.requests) == 5, "an open breaker asks nobody"
    assert not tandem.ledger_rows(refused.headers["x-request-id"]), "and costs nothing"
    assert "tandem_breaker_opened_total" in tandem.request("GET", "/metrics").body.decode()
    time.sleep(0.75)
    assert [chat(tandem).status for _ in range(3)] == [200] * 3


def test_a_probe_that_fails_keeps_it_open_for_longer(start, upstream):
    tandem = start(configuration(upstream, breaker=BREAKER))
    upstream.queue(*6 * ["status_500"])
    for _ in range(5):
        chat(tandem)
    time.sleep(0.75)
    assert chat(tandem).status == 502, "the probe"
    time.sleep(0.75)
    assert chat(tandem).status == 503, "twice as long"
    time.sleep(0.75)
    assert chat(tandem).status == 200


def test_an_open_target_costs_no_attempt(start, upstream, second):
    """Where there is another target, a call goes there at once."""
    fallback = [{"provider": "other", "model": "mock"}]
    config = configuration(upstream, breaker=BREAKER, fallback=fallback)
    config["providers"]["other"] = provider(second)
    tandem = start(config)
    upstream.queue(*5 * ["status_500"])
    assert [chat(tandem).headers["x-tandem-attempts"] for _ in range(5)] == ["2"] * 5
    answer = chat(tandem)
    assert (answer.status, answer.headers["x-tandem-attempts"]) == (200, "1")
    assert answer.headers["x-tandem-target"] == "other/mock"
    assert len(upstream.requests) == 5


def test_refusals_do_not_open_it(start, upstream):
    """A provider's 400 and 429 say nothing about its health."""
    tandem = start(configuration(upstream, breaker=BREAKER))
    upstream.queue(*10 * ["status_400"], *10 * ["status_429;retry_after=60"])
    assert {chat(tandem).status for _ in range(20)} == {400, 429}
    assert chat(tandem).status == 200


def test_least_outstanding(start, upstream, second):
    """A target that is busy gets no more while another is idle."""
    tandem = start(two_targets(upstream, second, balance="least_outstanding"))
    upstream.default = upstream.default.parse("normal;delay_ms=700")
    second.default = upstream.default
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: chat(tandem), range(12)))
    assert abs(len(upstream.requests) - len(second.requests)) <= 4


def test_latency(start, upstream, second):
    """Most calls go to the target that answers sooner."""
    tandem = start(two_targets(upstream, second, balance="latency"))
    upstream.default = upstream.default.parse("normal;delay_ms=60")
    targets = Counter(chat(tandem).headers["x-tandem-target"] for _ in range(30))
    assert targets["other/mock"] >= 25, targets


def test_a_balance_that_nobody_knows_is_refused(start, upstream):
    tandem = start(configuration(upstream))
    body = {"name": "x", **chat_endpoint(), "balance": "fastest"}
    answer = tandem.request("POST", "/api/tandem/v1/endpoints", body=body)
    assert answer.status == 400 and "least_outstanding" in str(answer.json())


def test_no_storm_of_tries(start, upstream):
    """A provider in trouble is not sent three times the traffic: more tries are a share of it."""
    tandem = start(configuration(upstream, breaker={"enabled": False},
                                 retries={"max": 2, "budget_percent": 10}))
    upstream.default = upstream.default.parse("status_500")
    begun = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        statuses = Counter(pool.map(lambda _: chat(tandem).status, range(400)))
    seconds = time.monotonic() - begun
    assert statuses == {502: 400}
    most = 400 + 100 + 40 + 10 * seconds  # first tries, reserve, a tenth, ten a second
    assert 400 + 100 <= len(upstream.requests) <= most + 1
