"""Calls that wait for their turn: by priority, by share, for a while, and never for nothing."""

from __future__ import annotations

import http.client
import json
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from calls import CHAT, chat, chat_body
from configurations import configuration

QUEUE = {"max_calls": 1, "max_waiting": 50, "max_wait_ms": 10_000}


def queued(upstream, queue: dict, **fields) -> dict:
    return configuration(upstream, queue={**QUEUE, **queue}, **fields)


def slow(upstream, delay_ms: int) -> None:
    upstream.default = upstream.default.parse(f"normal;delay_ms={delay_ms}")


def gauge(tandem, name: str) -> float:
    """The value of a series, by everything before its number."""
    for line in tandem.request("GET", "/metrics").body.decode().splitlines():
        if line.startswith(name + " "):
            return float(line.rsplit(" ", 1)[1])
    return 0.0


def wait_for_waiting(tandem, count: int, timeout_s: float = 5.0) -> None:
    deadline = time.monotonic() + timeout_s
    while (seen := gauge(tandem, 'tandem_queue_waiting{endpoint="chat"}')) != count:
        assert time.monotonic() < deadline, f"{seen} wait, not {count}"
        time.sleep(0.01)


@pytest.fixture
def background():
    """background(function, …): runs it in a thread and returns a future."""
    with ThreadPoolExecutor(64) as pool:
        yield pool.submit


def said(recorded) -> str:
    return recorded.json["messages"][0]["content"]


def test_one_after_the_other(start, upstream, background):
    """Calls beyond the limit wait instead of being refused, and say for how long."""
    tandem = start(queued(upstream, {}))
    slow(upstream, 200)
    first = background(chat, tandem)
    upstream.wait_for_requests(1)
    second = chat(tandem)
    assert first.result().status == second.status == 200
    assert "x-tandem-queued-ms" not in first.result().headers
    assert 100 <= int(second.headers["x-tandem-queued-ms"]) <= 400
    assert int(second.headers["x-tandem-overhead-us"]) < 100_000, "waiting is no work of ours"
    seen = upstream.requests
    assert seen[1].received_at >= seen[0].finished_at
    count = 'tandem_queue_wait_seconds_count{endpoint="chat"}'
    assert gauge(tandem, count) == 1
    trace = tandem.api("GET", f"/traces/{second.headers['x-tandem-trace-id']}")
    waited_us = trace["spans"][0]["attributes"]["tandem.queued_us"]
    assert waited_us // 1000 == int(second.headers["x-tandem-queued-ms"])


def test_priority(start, upstream, background):
    """High before normal before low, whoever came first."""
    tandem = start(queued(upstream, {"high": ["default"]}))
    upstream.queue("normal;delay_ms=2000")
    calls = [background(chat, tandem, "blocks")]
    upstream.wait_for_requests(1)
    for waiting, priority in enumerate(["low", "normal", "high"], 1):
        calls.append(background(chat, tandem, priority, headers={"x-tandem-priority": priority}))
        wait_for_waiting(tandem, waiting)
    assert {call.result().status for call in calls} == {200}
    assert [said(seen) for seen in upstream.requests] == ["blocks", "high", "normal", "low"]


def test_a_priority_that_nobody_knows_or_may_not_have(start, upstream):
    tandem = start(queued(upstream, {"high": ["billing"]}))
    unknown = chat(tandem, headers={"x-tandem-priority": "urgent"})
    assert unknown.status == 400 and "high, normal or low" in str(unknown.json())
    refused = chat(tandem, headers={"x-tandem-priority": "high"})
    assert refused.status == 403 and '"default"' in refused.error["message"]
    assert not upstream.requests


def test_shares_of_projects(start, upstream):
    """Weights 3 and 1 under overload: three calls of one for each of the other."""
    config = queued(upstream, {"max_calls": 2, "weights": {"big": 3}})
    config["projects"].update(big={}, small={})
    tandem = start(config)
    slow(upstream, 20)
    keys = {name: tandem.make_key(name, project=name)["key"] for name in ("big", "small")}
    until = time.monotonic() + 3
    answers = Counter()

    def client(project: str) -> None:
        while time.monotonic() < until:
            assert chat(tandem, key=keys[project]).status == 200
            answers[project] += 1

    threads = [threading.Thread(target=client, args=(name,)) for name in keys for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.total() > 60
    # What still waits at the end is served as well: eight calls of each.
    ratio = (answers["big"] - 8) / (answers["small"] - 8)
    assert 2.4 <= ratio <= 3.6, answers


def test_a_full_queue_refuses_with_a_time(start, upstream, background):
    """The refusal is 503 overloaded with retry-after; nobody was asked, nothing costs."""
    tandem = start(queued(upstream, {"max_waiting": 1}))
    slow(upstream, 400)
    calls = [background(chat, tandem)]
    upstream.wait_for_requests(1)
    calls.append(background(chat, tandem))
    wait_for_waiting(tandem, 1)
    refused = chat(tandem)
    assert (refused.status, refused.error["code"]) == (503, "overloaded")
    assert 1 <= int(refused.headers["retry-after"]) <= 300
    assert "queue" in refused.error["message"]
    assert not tandem.ledger_rows(refused.headers["x-request-id"], count=0)
    assert [call.result().status for call in calls] == [200, 200]
    assert len(upstream.requests) == 2
    assert gauge(tandem, 'tandem_queue_refused_total{endpoint="chat",reason="full"}') == 1


def test_a_wait_has_an_end(start, upstream, background):
    tandem = start(queued(upstream, {"max_wait_ms": 200}))
    slow(upstream, 1500)
    first = background(chat, tandem)
    upstream.wait_for_requests(1)
    begun = time.monotonic()
    refused = chat(tandem)
    assert (refused.status, refused.error["code"]) == (503, "overloaded")
    assert 0.2 <= time.monotonic() - begun < 0.8
    assert "no place" in refused.error["message"] and refused.headers["retry-after"]
    assert first.result().status == 200


def test_a_batch_makes_room_for_live_calls(start, upstream, background):
    """Where the queue is full of calls that have time, the newest of them is refused instead."""
    tandem = start(queued(upstream, {"max_waiting": 1}))
    slow(upstream, 300)
    first = background(chat, tandem)
    upstream.wait_for_requests(1)
    low = background(chat, tandem, headers={"x-tandem-priority": "low"})
    wait_for_waiting(tandem, 1)
    assert chat(tandem).status == first.result().status == 200
    assert low.result().status == 503


def test_a_client_that_leaves_gives_its_place_up(start, upstream, background):
    tandem = start(queued(upstream, {"max_waiting": 1}))
    slow(upstream, 600)
    first = background(chat, tandem)
    upstream.wait_for_requests(1)
    leaver = http.client.HTTPConnection(tandem.host, tandem.port)
    leaver.request("POST", CHAT, json.dumps(chat_body("leaves")),
                   {"authorization": f"Bearer {tandem.admin_key}"})  # fmt: skip
    wait_for_waiting(tandem, 1)
    leaver.close()
    wait_for_waiting(tandem, 0)
    assert chat(tandem, "stays").status == 200
    assert first.result().status == 200
    assert [said(seen) for seen in upstream.requests] == ["Hello there", "stays"]


def test_a_rate_limit_that_does_not_fit_the_wait(start, upstream):
    """A key's limit is waited for only where that can end in time."""
    tandem = start(queued(upstream, {"max_wait_ms": 2_000}))
    key = tandem.make_key(limits={"requests_per_minute": 1})["key"]
    assert chat(tandem, key=key).status == 200
    begun = time.monotonic()
    refused = chat(tandem, key=key)
    assert (refused.status, refused.error["code"]) == (429, "rate_limit_exceeded")
    assert time.monotonic() - begun < 0.5 and int(refused.headers["retry-after"]) > 50


def test_a_reload_keeps_those_that_wait(start, upstream, background):
    """SIGHUP with a larger max_calls lets them go; none is lost."""
    tandem = start(queued(upstream, {}))
    slow(upstream, 1000)
    calls = [background(chat, tandem) for _ in range(4)]
    wait_for_waiting(tandem, 3)
    tandem.config = queued(upstream, {"max_calls": 4})
    tandem.command()  # writes the file again
    begun = time.monotonic()
    tandem.process.send_signal(signal.SIGHUP)
    upstream.wait_for_requests(4, timeout_s=0.9)
    assert [call.result().status for call in calls] == [200] * 4
    assert time.monotonic() - begun < 2.5


def test_kill_while_calls_wait(start, upstream, background):
    """What only waited is no row of the ledger after a crash, and the queue begins empty."""
    tandem = start(queued(upstream, {}))
    slow(upstream, 30_000)

    def call():
        try:
            chat(tandem)
        except (OSError, http.client.HTTPException):
            return

    calls = [background(call) for _ in range(4)]
    wait_for_waiting(tandem, 3)
    tandem.kill()
    for one in calls:
        one.result()
    slow(upstream, 0)
    tandem.restart()
    answer = chat(tandem)
    assert answer.status == 200 and tandem.ledger_rows(answer.headers["x-request-id"])
    rows = tandem.ledger()
    assert sorted(row["state"] for row in rows) == ["estimated", "settled"], rows
    assert len(upstream.requests) == 2
