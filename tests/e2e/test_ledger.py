"""Promises about the ledger."""

from __future__ import annotations

import http.client
import json
import threading
import time

import pytest
from calls import OpenStream, chat, chat_body, stream_chat, until
from configurations import chat_endpoint, configuration, cost_nano_usd

ONE_CALL = cost_nano_usd(20, 9)


def only_row(tandem, request_id: str, timeout_s: float = 1.0) -> dict:
    rows = tandem.ledger_rows(request_id, timeout_s=timeout_s)
    assert len(rows) == 1, rows
    return rows[0]


def test_one_row_for_each_attempt(tandem, upstream, key):
    """One row per `(request_id, attempt)`; `request_id` is the `x-request-id` of the answer."""
    answer = chat(tandem, key=key)
    row = only_row(tandem, answer.headers["x-request-id"])
    assert row["attempt"] == 1
    assert row["state"] == "settled"
    assert row["trace_id"] == answer.headers["x-tandem-trace-id"]
    assert (row["input_tokens"], row["cached_input_tokens"], row["output_tokens"]) == (20, 0, 9)
    assert row["cost_nano_usd"] == ONE_CALL
    assert row["bytes_in"] > 0 and row["bytes_out"] > 0
    assert isinstance(row["gpu_ms"], int) and isinstance(row["energy_mj"], int)
    time.sleep(1.2)
    assert len(tandem.ledger_rows(answer.headers["x-request-id"])) == 1


def test_every_attempt_has_a_row(start, upstream):
    """A failed attempt that was not billed is `released` with cost 0."""
    tandem = start(configuration(upstream, retries=2))
    upstream.queue("status_500", "status_503")
    answer = chat(tandem)
    assert answer.status == 200 and answer.headers["x-tandem-attempts"] == "3"
    rows = tandem.ledger_rows(answer.headers["x-request-id"], count=3)
    rows.sort(key=lambda row: row["attempt"])
    assert [row["attempt"] for row in rows] == [1, 2, 3]
    assert [row["state"] for row in rows] == ["released", "released", "settled"]
    assert [row["cost_nano_usd"] for row in rows] == [0, 0, ONE_CALL]


def test_a_call_that_fails_altogether(tandem, upstream):
    """A failed attempt that was not billed is `released` with cost 0: errors have ids too."""
    upstream.queue("status_500")
    answer = chat(tandem)
    assert answer.status >= 500
    row = only_row(tandem, answer.headers["x-request-id"])
    assert (row["state"], row["cost_nano_usd"]) == ("released", 0)


def test_request_ids_are_unique_across_restarts(tandem):
    """… (unique across restarts, sent with the first headers, streams included)."""
    seen = set()
    for _ in range(3):
        for _ in range(5):
            seen.add(chat(tandem).headers["x-request-id"])
            seen.add(stream_chat(tandem).request_id)
        tandem.kill()
        tandem.restart()
    assert len(seen) == 30
    for request_id in seen:
        only_row(tandem, request_id)


def test_the_id_of_a_stream_comes_first(tandem, upstream):
    """… sent with the first headers, streams included."""
    upstream.queue("stall_mid_stream;after=1")
    call = OpenStream(tandem, chat_body(stream=True))
    assert len(call.headers["x-request-id"]) > 8
    assert len(call.headers["x-tandem-trace-id"]) == 32
    call.leave()


def test_settled_before_the_last_byte(tandem):
    """A call is settled before its last byte (`[DONE]`, `message_stop`) leaves."""
    made = tandem.make_key(budget={"nano_usd": 10**10, "period": "month"})
    for number in range(1, 21):
        call = OpenStream(tandem, chat_body(stream=True), made["key"])
        seen = b""
        while b"[DONE]" not in seen:
            seen += call.response.read1(65536)
        shown = next(
            row for row in tandem.budgets() if made["id"] in (row["id"], row.get("scope_id"))
        )
        call.leave()
        assert shown["settled_nano_usd"] == number * ONE_CALL
        assert shown["reserved_nano_usd"] == 0


@pytest.mark.parametrize("stream", [False, True])
def test_settled_even_if_killed_with_the_last_byte(tandem, stream):
    """A call is settled before its last byte leaves; that survives `kill -9`."""
    for _ in range(5):
        if stream:
            call = OpenStream(tandem, chat_body(stream=True))
            seen = b""
            while b"[DONE]" not in seen:
                seen += call.response.read1(65536)
            request_id = call.headers["x-request-id"]
            tandem.kill()
            call.leave()
        else:
            request_id = chat(tandem).headers["x-request-id"]
            tandem.kill()
        tandem.restart()
        row = only_row(tandem, request_id)
        assert (row["state"], row["cost_nano_usd"]) == ("settled", ONE_CALL)


def test_rows_are_readable_within_a_second(tandem):
    """Rows are readable within a second."""
    for _ in range(10):
        answer = chat(tandem)
        start = time.monotonic()
        only_row(tandem, answer.headers["x-request-id"], timeout_s=1.0)
        assert time.monotonic() - start < 1.0


def test_pages(tandem, key):
    """Without `group_by` the answer is rows, `next_cursor` is `null` at the end."""
    ids = [chat(tandem, key=key).headers["x-request-id"] for _ in range(7)]
    until(lambda: len(tandem.ledger()) == 7, 1, "all rows")
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        answer = tandem.api("GET", "/ledger?limit=3" + (f"&cursor={cursor}" if cursor else ""))
        seen += [row["request_id"] for row in answer["data"]]
        cursor = answer["next_cursor"]
        pages += 1
    assert sorted(seen) == sorted(ids) and pages == 3
    assert tandem.api("GET", "/ledger?limit=1000")["next_cursor"] is None
    tandem.api("GET", "/ledger?limit=1001", expect=400)
    tandem.api("GET", "/ledger?cursor=nonsense", expect=400)
    tandem.api("GET", "/ledger?colour=red", expect=400)


def test_sums(tandem, upstream):
    """`GET /api/tandem/v1/ledger?project=&key_id=&endpoint=&from=&to=&group_by=` with integer
    `*_nano_usd`, tokens, …"""
    made = [tandem.make_key(f"team-{number}") for number in range(2)]
    for _ in range(3):
        chat(tandem, key=made[0]["key"])
    chat(tandem, key=made[1]["key"])
    upstream.queue("normal;prompt_tokens=50;cached_tokens=40;completion_tokens=1")
    chat(tandem, key=made[1]["key"])
    until(lambda: len(tandem.ledger()) == 5, 1, "all rows")
    groups = tandem.api("GET", "/ledger?group_by=key_id")["data"]
    sums = {row["key_id"]: row for row in groups}
    assert sums[made[0]["id"]]["cost_nano_usd"] == 3 * ONE_CALL
    mine = sums[made[1]["id"]]
    assert mine["cost_nano_usd"] == ONE_CALL + cost_nano_usd(50, 1, cached=40)
    assert (mine["input_tokens"], mine["cached_input_tokens"]) == (70, 40)
    assert mine["output_tokens"] == 10
    assert len(tandem.ledger(key_id=made[0]["id"])) == 3
    assert len(tandem.ledger(endpoint="chat")) == 5 and tandem.ledger(endpoint="embed") == []
    assert len(tandem.ledger(**{"from": "2020-01-01T00:00:00Z"})) == 5
    assert tandem.ledger(to="2020-01-01T00:00:00Z") == []


def test_reservations_are_never_rows(tandem, upstream):
    """Reservations are never rows."""
    upstream.queue("slow_first_byte;ms=1500")
    thread = threading.Thread(target=chat, args=(tandem,))
    thread.start()
    upstream.wait_for_requests(1)
    time.sleep(1.1)
    assert tandem.ledger() == []
    thread.join()
    until(lambda: len(tandem.ledger()) == 1, 1, "the row")


@pytest.mark.parametrize("stream", [False, True])
def test_zero_usage(tandem, upstream, stream):
    """A provider's usage of zero settles at zero."""
    upstream.queue("zero_usage")
    answer = stream_chat(tandem) if stream else chat(tandem)
    row = only_row(tandem, answer.headers["x-request-id"])
    assert (row["state"], row["cost_nano_usd"]) == ("settled", 0)
    assert (row["input_tokens"], row["output_tokens"]) == (0, 0)


@pytest.mark.parametrize("stream", [False, True])
def test_missing_usage(tandem, upstream, stream):
    """Missing usage becomes `estimated` with a cost."""
    upstream.queue("missing_usage")
    answer = stream_chat(tandem) if stream else chat(tandem)
    assert answer.status == 200
    row = only_row(tandem, answer.headers["x-request-id"])
    assert row["state"] == "estimated"
    # Nine words came, by any count between nine and twice as many tokens; two words went.
    assert 9 <= row["output_tokens"] <= 18 or row["output_tokens"] == 100
    assert row["cost_nano_usd"] > 0


def test_usage_that_lies(tandem, upstream):
    """Nothing is lost, nothing crashes: a negative count is no count, a huge one is billed as the
    provider bills it."""
    upstream.queue("lying_usage", "negative_usage")
    row = only_row(tandem, chat(tandem).headers["x-request-id"])
    assert row["cost_nano_usd"] == cost_nano_usd(20, 10_000_000)
    answer = chat(tandem)
    if answer.status == 200:
        row = only_row(tandem, answer.headers["x-request-id"])
        assert row["cost_nano_usd"] >= 0 and row["output_tokens"] >= 0


@pytest.mark.parametrize("when", ["before the first byte", "in the middle"])
def test_a_client_that_left(tandem, upstream, when):
    """A client that left has exactly one row for what was consumed: `cancel` stops the provider."""
    made = tandem.make_key()
    if when == "in the middle":
        upstream.queue("normal;deltas=3000;delta_ms=10")
        call = OpenStream(tandem, chat_body(stream=True, max_tokens=4000), made["key"])
        call.read_events(5)
        call.leave()
    else:
        upstream.queue("slow_first_byte;ms=5000")
        thread = threading.Thread(target=leave_early, args=(tandem, made["key"]))
        thread.start()
        upstream.wait_for_requests(1)
        thread.join()
    until(lambda: upstream.requests[0].client_gone_at, 3, "the provider's call is cancelled")
    rows = until(lambda: tandem.ledger(key_id=made["id"]), 2, "the row")
    time.sleep(0.5)
    rows = tandem.ledger(key_id=made["id"])
    assert len(rows) == 1
    if when == "in the middle":
        assert rows[0]["state"] == "estimated"
        assert 3 <= rows[0]["output_tokens"] < 3000
        assert rows[0]["cost_nano_usd"] > 0


def leave_early(tandem, key: str) -> None:
    connection = http.client.HTTPConnection(tandem.host, tandem.port, timeout=5)
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    connection.request("POST", "/v1/chat/completions", json.dumps(chat_body()), headers)
    time.sleep(0.3)
    connection.close()


def test_drain(start, upstream):
    """`on_client_abort: "drain"`: the answer is read to its end and billed as reported."""
    tandem = start(configuration(upstream, {"chat": chat_endpoint(on_client_abort="drain")}))
    made = tandem.make_key()
    upstream.queue("normal;deltas=60;delta_ms=10;completion_tokens=77")
    call = OpenStream(tandem, chat_body(stream=True), made["key"])
    call.read_events(3)
    call.leave()
    until(lambda: upstream.requests[0].finished_at, 5, "the stream is drained")
    rows = until(lambda: tandem.ledger(key_id=made["id"]), 2, "the row")
    assert len(rows) == 1
    assert (rows[0]["state"], rows[0]["output_tokens"]) == ("settled", 77)
    assert upstream.requests[0].client_gone_at is None


def test_a_stream_that_broke(tandem, upstream):
    """What a provider delivered before it broke is billed, once."""
    upstream.queue("cut_mid_event;after=6")
    stream = stream_chat(tandem)
    row = only_row(tandem, stream.request_id)
    assert row["state"] in ("estimated", "settled")
    assert row["output_tokens"] >= 4


def test_embeddings_and_completions_have_rows(tandem, key):
    """Every kind of call has its row."""
    answer = tandem.request("POST", "/v1/embeddings", body={"model": "embed", "input": ["a", "b"]})
    row = only_row(tandem, answer.headers["x-request-id"])
    assert (row["input_tokens"], row["output_tokens"]) == (20, 0)
    assert row["cost_nano_usd"] == 20 * 1000
    answer = tandem.request("POST", "/v1/completions", body={"model": "chat", "prompt": "Say"})
    row = only_row(tandem, answer.headers["x-request-id"])
    assert row["cost_nano_usd"] == ONE_CALL
