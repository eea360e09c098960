"""What keeps calls away from targets: limits, standing out from the others, health checks."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from calls import chat
from configurations import PRICE, configuration, provider
from test_queue import gauge
from upstream import Upstream

NO_BREAKER = {"enabled": False}


@pytest.fixture
def others():
    with Upstream() as second, Upstream() as third:
        yield [second, third]


def three_targets(upstream, others, **fields) -> dict:
    """`chat` on three providers of equal weight."""
    names = ["upstream", "second", "third"]
    targets = [{"provider": name, "model": "mock"} for name in names]
    config = configuration(upstream, targets=targets, **fields)
    for name, server in zip(names[1:], others, strict=True):
        config["providers"][name] = provider(server)
    return config


def chats(server) -> list:
    """What was asked of the model: health checks are none."""
    return [seen for seen in list(server.requests) if seen.method == "POST"]


def most_at_once(requests) -> int:
    """How many answers the upstream worked on at a time, up to the first byte of each."""
    changes = [(seen.received_at, 1) for seen in requests]
    changes += [(seen.first_byte_at, -1) for seen in requests if seen.first_byte_at]
    going = most = 0
    for _, change in sorted(changes):
        going += change
        most = max(most, going)
    return most


def test_a_target_has_so_many_calls_at_a_time(start, upstream):
    """Without a queue a call beyond them is refused with retry-after."""
    tandem = start(configuration(upstream, concurrency=3))
    upstream.default = upstream.default.parse("normal;delay_ms=300")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: chat(tandem), range(8)))
    statuses = Counter(answer.status for answer in answers)
    assert statuses == {200: 3, 503: 5}
    refused = next(answer for answer in answers if answer.status == 503)
    assert refused.error["code"] == "overloaded" and refused.headers["retry-after"] == "1"
    assert most_at_once(upstream.requests) == 3


def test_a_full_target_is_passed_over(start, upstream, others):
    """Its own limit comes before the endpoint's; what it does not take goes to the others."""
    config = three_targets(upstream, others, concurrency=8)
    config["endpoints"]["chat"]["targets"][0]["concurrency"] = {"max": 1}
    tandem = start(config)
    for server in [upstream, *others]:
        server.default = server.default.parse("normal;delay_ms=200")
    with ThreadPoolExecutor(16) as pool:
        assert {chat_.status for chat_ in pool.map(lambda _: chat(tandem), range(16))} == {200}
    assert most_at_once(upstream.requests) == 1
    assert len(upstream.requests) + sum(len(server.requests) for server in others) == 16


def test_calls_wait_for_as_many_as_targets_take(start, upstream):
    """A queue without max_calls follows the limits of the targets."""
    queue = {"max_waiting": 100}
    tandem = start(configuration(upstream, concurrency=3, queue=queue))
    upstream.default = upstream.default.parse("normal;delay_ms=50")
    with ThreadPoolExecutor(20) as pool:
        assert {answer.status for answer in pool.map(lambda _: chat(tandem), range(40))} == {200}
    assert most_at_once(upstream.requests) == 3


def test_an_adaptive_limit_protects_a_slow_target(start, upstream):
    """A server that works on four calls at a time gets no crowd of forty."""
    tandem = start(configuration(upstream, concurrency={"max": 64, "adaptive": True},
                                 queue={"max_waiting": 200}))  # fmt: skip
    upstream.default = upstream.default.parse("crowded;at_once=4;delay_ms=40")
    until = time.monotonic() + 5
    statuses = Counter()

    def client() -> None:
        while time.monotonic() < until:
            statuses[chat(tandem).status] += 1

    threads = [threading.Thread(target=client) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}
    late = [seen for seen in upstream.requests if seen.received_at > until - 3]
    assert 4 <= most_at_once(late) <= 24, "four are worked on, a few may queue there"
    assert len(upstream.requests) >= 5 / 0.04 * 4 * 0.5, "and it is kept busy"


def test_a_refusal_lowers_an_adaptive_limit(start, upstream):
    tandem = start(configuration(upstream, concurrency={"max": 64, "adaptive": True}))
    assert {chat(tandem).status for _ in range(10)} == {200}
    upstream.queue(*30 * ["status_429;retry_after=60"])
    assert {chat(tandem).status for _ in range(30)} == {429}
    upstream.default = upstream.default.parse("normal;delay_ms=300")
    with ThreadPoolExecutor(16) as pool:
        statuses = Counter(answer.status for answer in pool.map(lambda _: chat(tandem), range(16)))
    assert statuses[200] <= 4, "20 × 0.9 to the power of 30 is less than one"


def test_a_target_that_fails_more_than_the_others_stands_aside(start, upstream, others):
    outliers = {"enabled": True, "consecutive_failures": 3, "eject_ms": 60_000}
    tandem = start(three_targets(upstream, others, outliers=outliers, breaker=NO_BREAKER))
    upstream.default = upstream.default.parse("status_500")
    asked = 0
    while len(upstream.requests) < 3 and asked < 200:
        asked += 1
        assert chat(tandem).status == 200, "another one answers"
    answers = [chat(tandem) for _ in range(40)]
    assert {answer.headers["x-tandem-attempts"] for answer in answers} == {"1"}
    targets = Counter(answer.headers["x-tandem-target"] for answer in answers)
    assert set(targets) == {"second/mock", "third/mock"}
    assert len(upstream.requests) == 3, "the others are asked first"
    name = 'tandem_outliers_ejected_total{target="upstream/mock"}'
    assert gauge(tandem, name) == 1
    for server in others:
        server.default = server.default.parse("status_500")
    for _ in range(20):
        chat(tandem)
    assert len(upstream.requests) > 3, "asked last is still asked: retries go on to it"


def health_checked(upstream, **fields) -> dict:
    check = {"interval_ms": 50, "timeout_ms": 500, "unhealthy": 2, "healthy": 2, **fields}
    config = configuration(upstream)
    config["providers"]["upstream"]["health_check"] = check
    return config


def wait_for_state(tandem, state: str, timeout_s: float = 5.0) -> dict:
    deadline = time.monotonic() + timeout_s
    while True:
        health = tandem.api("GET", "/providers/upstream")["health"]
        if health and health["state"] == state:
            return health
        assert time.monotonic() < deadline, health
        time.sleep(0.02)


def test_health_checks(start, upstream):
    """A provider that does not answer its checks gets no calls until it does again."""
    tandem = start(health_checked(upstream))
    health = wait_for_state(tandem, "up")
    assert health["since"] is None and health["last_error"] is None
    assert {seen.path for seen in upstream.requests} == {"/v1/models"}
    assert upstream.requests[0].header("authorization"), "with the provider's key"
    assert chat(tandem).status == 200
    upstream.default = upstream.default.parse("status_503")
    health = wait_for_state(tandem, "down")
    assert "503" in health["last_error"] and health["since"]
    asked = len(chats(upstream))
    refused = chat(tandem)
    assert refused.status == 503 and "health checks" in refused.error["message"]
    assert refused.headers["retry-after"] and len(chats(upstream)) == asked
    assert gauge(tandem, 'tandem_provider_up{provider="upstream"}') == 0
    upstream.default = upstream.default.parse("normal")
    wait_for_state(tandem, "up")
    assert chat(tandem).status == 200
    assert gauge(tandem, 'tandem_provider_up{provider="upstream"}') == 1
    assert "fails its health checks" in tandem.log_path.read_text()
    assert {row["state"] for row in tandem.ledger()} == {"settled"}, "checks cost nothing"


def test_a_check_that_hangs_is_bad_and_one_that_is_limited_says_nothing(start, upstream):
    tandem = start(health_checked(upstream, timeout_ms=100, path="/healthz"))
    wait_for_state(tandem, "up")
    assert {seen.path for seen in upstream.requests} == {"/healthz"}
    upstream.default = upstream.default.parse("status_429")
    seen = len(upstream.requests)
    upstream.wait_for_requests(seen + 6)
    assert tandem.api("GET", "/providers/upstream")["health"]["state"] == "up"
    upstream.default = upstream.default.parse("never_answers")
    wait_for_state(tandem, "down")
    # Without checks nobody knows better.
    tandem.api("GET", "/providers")
    names = [row["health"]["state"] for row in tandem.api("GET", "/providers")["data"]]
    assert names == ["down"]


def test_providers_without_checks_have_no_health(tandem):
    assert tandem.api("GET", "/providers/upstream")["health"] is None


def test_the_cheapest_target_first(start, upstream, others):
    """balance: cost, by the price of this call; one without a price comes last."""
    config = three_targets(upstream, others, balance="cost")
    for target, model in zip(config["endpoints"]["chat"]["targets"],
                             ["dear", "cheap", "nobody-knows"], strict=True):  # fmt: skip
        target["model"] = model
    config["prices"] = {"dear": {"input": 10.0, "output": 20.0}, "cheap": PRICE}
    tandem = start(config)
    assert {chat(tandem).headers["x-tandem-target"] for _ in range(10)} == {"second/cheap"}
    others[0].default = upstream.default.parse("status_500")
    targets = Counter(chat(tandem).headers["x-tandem-target"] for _ in range(5))
    assert set(targets) == {"upstream/dear"}


def test_a_try_has_a_deadline_of_its_own(start, upstream, others):
    """timeouts.attempt_ms ends one try, not the call: another target answers."""
    timeouts = {"attempt_ms": 300, "first_byte_ms": 20_000, "total_ms": 20_000}
    config = configuration(upstream, timeouts=timeouts, retries=0,
                           fallback=[{"provider": "second", "model": "mock"}])  # fmt: skip
    config["providers"]["second"] = provider(others[0])
    tandem = start(config)
    upstream.default = upstream.default.parse("never_answers")
    begun = time.monotonic()
    answer = chat(tandem)
    assert (answer.status, answer.headers["x-tandem-attempts"]) == (200, "2")
    assert 0.3 <= time.monotonic() - begun < 1.5
