"""`kill -9` at random moments under load: what clients saw and what the ledger says agree."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter

import pytest
from calls import OpenStream, chat_body, until
from configurations import configuration, cost_nano_usd

ONE_CALL = cost_nano_usd(20, 9)
KILLS = 20
CLIENTS = 12


class Client:
    """Calls without pause, alternating whole answers and streams, and notes which were fully
    answered and which were cut."""

    def __init__(self, tandem, key: str, number: int):
        self._tandem = tandem
        self._key = key
        self._stream = number % 2 == 1
        self.answered: list[str] = []
        self.begun: list[str] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self.stop.is_set():
            try:
                self._one()
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)  # the server is down

    def _one(self):
        if not self._stream:
            answer = self._tandem.request(
                "POST", "/v1/chat/completions", body=chat_body(max_tokens=20), key=self._key,
                timeout_s=10,
            )  # fmt: skip
            if answer.status == 200 and answer.json()["usage"]["completion_tokens"] == 9:
                self.answered.append(answer.headers["x-request-id"])
            return
        call = OpenStream(self._tandem, chat_body(stream=True, max_tokens=20), self._key,
                          timeout_s=10)  # fmt: skip
        if call.status == 200:
            self.begun.append(call.headers["x-request-id"])
        stream = call.read_all()
        if stream.done:
            self.answered.append(stream.request_id)


@pytest.mark.timeout(280)
def test_kill_9_under_load(start, upstream):
    """`kill -9` at random moments under load, 20 times: no fully answered call without exactly one
    settled row, none twice, reservations of lost calls end as `estimated`."""
    upstream.default = upstream.default.parse("normal;delay_ms=3;delta_ms=1")
    tandem = start(configuration(upstream))
    made = tandem.make_key(budget={"nano_usd": 10**12, "period": "total"})
    clients = [Client(tandem, made["key"], number) for number in range(CLIENTS)]
    for client in clients:
        client.thread.start()
    moments = random.Random(4)
    for _ in range(KILLS):
        time.sleep(moments.uniform(0.15, 0.6))
        tandem.kill()
        tandem.restart()
    time.sleep(0.3)
    for client in clients:
        client.stop.set()
    for client in clients:
        client.thread.join(15)

    answered = [request_id for client in clients for request_id in client.answered]
    begun = {request_id for client in clients for request_id in client.begun}
    assert len(answered) > 200, "there was hardly any load"
    assert len(set(answered)) == len(answered), "a request id came twice"

    def rows_by_id():
        rows = tandem.ledger(key_id=made["id"])
        return rows if {row["request_id"] for row in rows} >= set(answered) else None

    rows = until(rows_by_id, 3, "every answered call has a row")
    times = Counter((row["request_id"], row["attempt"]) for row in rows)
    assert max(times.values()) == 1, "an attempt is in the ledger twice"
    states = {row["request_id"]: row for row in rows}
    for request_id in answered:
        row = states[request_id]
        assert (row["state"], row["cost_nano_usd"]) == ("settled", ONE_CALL)
    lost = [row for row in rows if row["request_id"] not in set(answered)]
    assert {row["state"] for row in lost} <= {"estimated", "settled", "released"}
    assert any(row["state"] == "estimated" for row in lost), "no call was lost in 20 kills"
    for request_id in begun - set(answered):
        assert request_id in states, "a stream that began is not in the ledger"
    # The provider was never asked without a reservation in the journal.
    assert len(rows) >= len(upstream.requests)

    shown = next(row for row in tandem.budgets() if made["id"] in (row["id"], row.get("scope_id")))
    assert shown["reserved_nano_usd"] == 0
    assert shown["settled_nano_usd"] == sum(row["cost_nano_usd"] for row in rows)


@pytest.mark.timeout(120)
def test_kill_9_right_after_writes(tandem, upstream):
    """Acknowledged writes of the API survive `kill -9`, and their audit events with them."""
    for number in range(5):
        made = tandem.make_key(f"key-{number}")
        tandem.api("PUT", f"/endpoints/e{number}", {
            "kind": "chat", "targets": [{"provider": "upstream", "model": "mock"}],
        })  # fmt: skip
        tandem.kill()
        tandem.restart()
        assert tandem.api("GET", f"/keys/{made['id']}")["name"] == f"key-{number}"
        assert tandem.api("GET", f"/endpoints/e{number}")["kind"] == "chat"
    actions = Counter(event["action"] for event in tandem.list_all("/audit"))
    assert actions["keys.create"] == 5


def test_no_orphans_after_kill_9(tandem, upstream):
    """No orphan after `kill -9` of the parent."""
    tandem.kill()
    tandem.assert_no_orphans()


@pytest.mark.timeout(60)
def test_sigterm_drains(start, upstream):
    """SIGTERM drains for at most 30 s, then stops: running calls end well, new ones are refused."""
    tandem = start(configuration(upstream))
    upstream.queue("normal;deltas=20;delta_ms=50")
    call = OpenStream(tandem, chat_body(stream=True))
    call.read_events(2)
    codes = []
    stopper = threading.Thread(target=lambda: codes.append(tandem.stop()))
    stopper.start()
    stream = call.read_all()
    assert stream.done and stream.error is None
    call.leave()
    stopper.join(35)
    assert codes == [0]
