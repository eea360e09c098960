"""Stored responses over the life of a server: `kill -9`, a restart, and their age."""

from __future__ import annotations

import sqlite3
import threading
import time

from calls import until
from configurations import configuration

RESPONSES = "/v1/responses"
DAY_US = 86_400_000_000


def create(tandem, **fields):
    answer = tandem.request("POST", RESPONSES, body={"model": "chat", "input": "Hi", **fields})
    assert answer.status == 200, answer.body
    return answer.json()


def test_stored_responses_survive_kill_9(start, upstream):
    """Every response that a client has read whole is there after `kill -9`, and goes on."""
    tandem = start(configuration(upstream))
    made, stop = [], threading.Event()

    def work():
        while not stop.is_set():
            try:
                made.append(create(tandem))
            except OSError:
                return

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    until(lambda: len(made) > 20, what="twenty responses")
    tandem.kill()
    stop.set()
    for worker in workers:
        worker.join()
    tandem.restart()
    for response in made:
        answer = tandem.request("GET", f"{RESPONSES}/{response['id']}")
        assert answer.status == 200 and answer.json() == response
    create(tandem, previous_response_id=made[-1]["id"])
    assert len(upstream.requests[-1].json["messages"]) == 3


def test_old_responses_go(start, upstream):
    """A response is deleted keep_days after it was made; one that is younger stays."""
    tandem = start({**configuration(upstream), "responses": {"keep_days": 2}})
    old, young = create(tandem)["id"], create(tandem)["id"]
    assert tandem.stop() == 0
    with sqlite3.connect(tandem.data_dir / "tandem.db") as db:
        db.execute("UPDATE gateway_responses SET created_us = ? WHERE id = ?",
                   (time.time_ns() // 1000 - 2 * DAY_US - 1, old))
    tandem.start()
    until(lambda: tandem.request("GET", f"{RESPONSES}/{old}").status == 404, what="the deletion")
    assert tandem.request("GET", f"{RESPONSES}/{young}").status == 200
    with sqlite3.connect(tandem.data_dir / "tandem.db") as db:
        rows = db.execute("SELECT DISTINCT response_id FROM gateway_response_items").fetchall()
    assert rows == [(young,)]


def test_limits_of_what_is_stored(start, upstream):
    """Where nothing is to be stored, or a response is too large, it is answered and says that it
    is not stored."""
    tandem = start({**configuration(upstream), "responses": {"max_bytes": 3000}})
    assert create(tandem)["store"] is True
    large = create(tandem, input="x" * 3000)
    assert large["store"] is False
    assert tandem.request("GET", f"{RESPONSES}/{large['id']}").status == 404
    stream = tandem.request("POST", RESPONSES, body={"model": "chat", "input": "x" * 3000,
                                                     "stream": True})
    assert b'"store":false' in stream.body.split(b"event: response.completed")[1]
    none = start({**configuration(upstream), "responses": {"keep_days": 0}})
    assert create(none)["store"] is False


def test_a_chain_reaches_across_replies_of_a_stream(start, upstream):
    """A streamed response is stored before its last event leaves: it can be named at once."""
    tandem = start(configuration(upstream))
    for _ in range(20):
        stream = tandem.request("POST", RESPONSES,
                                body={"model": "chat", "input": "Hi", "stream": True})
        name = stream.body.decode().rsplit('"id":"resp_', 1)[1].split('"')[0]
        assert tandem.request("GET", f"{RESPONSES}/resp_{name}").status == 200
