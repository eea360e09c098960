"""A target that is slow to begin is not waited for: a second one is asked, the first answer wins,
and both are in the ledger."""

from __future__ import annotations

import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from calls import chat, stream_chat
from configurations import INPUT_NANO_USD, configuration, cost_nano_usd, provider
from upstream import Upstream


@pytest.fixture
def second():
    with Upstream() as server:
        yield server


def hedged(first, other, **fields) -> dict:
    """`chat` asks `upstream`, and `other` as well where that has not begun after 150 ms."""
    fallback = [{"provider": "other", "model": "mock"}]
    config = configuration(first, fallback=fallback, **{"hedge": 150, **fields})
    config["providers"]["other"] = provider(other)
    return config


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_the_second_answers(start, upstream, second, streamed):
    tandem = start(hedged(upstream, second))
    upstream.queue("never_answers")
    begun = time.monotonic()
    answer = stream_chat(tandem) if streamed else chat(tandem)
    assert answer.status == 200 and time.monotonic() - begun < 1.5
    assert answer.headers["x-tandem-target"] == "other/mock"
    assert answer.headers["x-tandem-attempts"] == "2"
    rows = tandem.attempts_of(answer.headers["x-request-id"], 2)
    assert rows[2]["state"] == "settled" and rows[2]["cost_nano_usd"] == cost_nano_usd(20, 9)
    # The first has read the request: it bills its input, of which we know an estimate.
    assert rows[1]["state"] == "estimated" and rows[1]["output_tokens"] == 0
    assert rows[1]["cost_nano_usd"] == rows[1]["input_tokens"] * INPUT_NANO_USD > 0
    assert upstream.wait_until(lambda server: server.requests[0].client_gone_at, 2)


@pytest.fixture
def unreachable():
    """A port where connections neither come to be nor are refused: a full backlog."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            waiting.append(client := socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for client in waiting:
            client.close()


def test_a_target_that_nobody_could_reach_bills_nothing(start, second, unreachable):
    """The connection never came to be: the request was not sent."""
    config = hedged(second, second, timeouts={"connect_ms": 5000, "total_ms": 8000})
    config["providers"]["upstream"]["base_url"] = unreachable
    tandem = start(config)
    answer = chat(tandem)
    assert answer.status == 200 and answer.headers["x-tandem-target"] == "other/mock"
    rows = tandem.attempts_of(answer.headers["x-request-id"], 2)
    assert (rows[1]["state"], rows[1]["cost_nano_usd"]) == ("released", 0)


def test_a_first_that_answers_in_time_is_alone(start, upstream, second):
    tandem = start(hedged(upstream, second, hedge={"after_ms": 2000}))
    upstream.queue("normal;delay_ms=100")
    assert chat(tandem).headers["x-tandem-attempts"] == "1"
    assert not second.requests


def test_the_first_may_still_win(start, upstream, second):
    """It begins after the second was asked, yet sooner than that one."""
    tandem = start(hedged(upstream, second))
    upstream.queue("normal;delay_ms=500")
    second.queue("never_answers")
    stream = stream_chat(tandem)
    assert stream.done and stream.headers["x-tandem-target"] == "upstream/mock"
    assert second.wait_until(lambda server: server.requests[0].client_gone_at, 2)
    rows = tandem.attempts_of(stream.request_id, 2)
    assert (rows[1]["state"], rows[2]["state"]) == ("settled", "estimated")


def test_where_both_fail_the_client_is_told_once(start, upstream, second):
    timeouts = {"first_byte_ms": 600, "total_ms": 8000}
    tandem = start(hedged(upstream, second, timeouts=timeouts))
    upstream.queue("never_answers")
    second.queue("status_500")
    answer = chat(tandem)
    assert answer.status in (502, 504) and answer.headers["x-tandem-attempts"] == "2"
    assert len(upstream.requests) == len(second.requests) == 1
    rows = tandem.attempts_of(answer.headers["x-request-id"], 2)
    assert {row["state"] for row in rows.values()} == {"released"}


def test_the_trace_tells_of_it(start, upstream, second):
    tandem = start(hedged(upstream, second))
    upstream.queue("never_answers")
    answer = chat(tandem)
    events = tandem.trace_of(answer.headers)["spans"][0]["events"]
    assert [event["name"] for event in events] == ["hedged", "hedge_lost"]


def test_hedges_have_a_budget(start, upstream, second):
    """A provider that is slow for everybody is not hedged for everybody: a tenth, and ten a second
    (a reserve of a hundred at first)."""
    tandem = start(hedged(upstream, second, hedge={"after_ms": 20, "budget_percent": 10}))
    upstream.default = upstream.default.parse("normal;delay_ms=150")
    begun = time.monotonic()
    with ThreadPoolExecutor(32) as pool:
        statuses = Counter(pool.map(lambda _: chat(tandem).status, range(600)))
    seconds = time.monotonic() - begun
    assert statuses == {200: 600}
    assert len(second.requests) <= 100 + 60 + 10 * seconds + 1
