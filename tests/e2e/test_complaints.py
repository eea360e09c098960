"""What users of gateways complain about, where no other test shows that it does not happen here.
docs/complaints.md lists all of it."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import processes
import pytest
from calls import OpenStream, chat, chat_body, stream_chat, until
from configurations import chat_endpoint, configuration, cost_nano_usd, provider
from postgres_process import PostgresProcess

ONE_CALL = cost_nano_usd(20, 9)


# The scripted provider is one Python thread: with hundreds of calls it needs its time.
PATIENT = {"first_byte_ms": 30_000, "first_token_ms": 30_000, "idle_ms": 30_000,
           "total_ms": 200_000}  # fmt: skip


def descriptors(tandem) -> int:
    return len(os.listdir(f"/proc/{tandem.pid}/fd"))


def threads(tandem) -> int:
    return len(os.listdir(f"/proc/{tandem.pid}/task"))


def test_an_aborted_call_is_priced_by_the_model_that_was_asked(tandem, upstream):
    """A row of an aborted call costs what its target's model costs, whatever name the provider
    gives itself."""
    made = tandem.make_key()
    upstream.queue("normal;deltas=2000;delta_ms=10;model=mock-2024-07-18-eu")
    call = OpenStream(tandem, chat_body(stream=True, max_tokens=3000), made["key"])
    call.read_events(6)
    call.leave()
    [row] = until(lambda: tandem.ledger(key_id=made["id"]), 3, "the row")
    assert (row["model"], row["cost_source"], row["state"]) == ("mock", "prices", "estimated")
    assert row["cost_nano_usd"] == cost_nano_usd(row["input_tokens"], row["output_tokens"])
    assert row["output_tokens"] >= 4


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
@pytest.mark.parametrize("streamed", [False, True])
def test_each_provider_counts_cached_tokens_its_own_way(start, upstream, path, streamed):
    """OpenAI's prompt count contains what was read from the cache, Anthropic's does not: the same
    call costs the same at both, on either surface, whole and streamed, neither twice nor never."""
    config = configuration(upstream, {"claude": chat_endpoint(provider_name="claude")})
    config["providers"]["claude"] = provider(upstream, kind="anthropic")
    tandem = start(config)
    expected = 400 * 1000 + 600 * 250 + 10 * 2000
    for model in ("chat", "claude"):
        upstream.queue("normal;prompt_tokens=1000;cached_tokens=600;completion_tokens=10")
        body = chat_body(model=model, stream=streamed)
        answer = tandem.request("POST", path, body=body)
        assert answer.status == 200
        [row] = tandem.ledger_rows(answer.headers["x-request-id"])
        assert (row["input_tokens"], row["cached_input_tokens"]) == (1000, 600), model
        assert (row["output_tokens"], row["cost_nano_usd"]) == (10, expected), model


def test_a_key_under_its_budget_is_not_refused(tandem, upstream):
    """Reservations of calls that failed, broke, left or were cheaper than their bound do not pile
    up: a budget of thirty calls has room for thirty."""
    # Room for thirty answers and the bound of one more: 200 tokens and some of input.
    budget = {"nano_usd": 30 * ONE_CALL + cost_nano_usd(100, 200), "period": "total"}
    made = tandem.make_key(budget=budget)
    for number in range(30):
        if number % 3 == 0:
            upstream.queue("status_500")
            assert chat(tandem, key=made["key"], max_tokens=100).status == 502
        answer = chat(tandem, key=made["key"], max_tokens=100)
        assert answer.status == 200, f"call {number}: {answer.body}"
    shown = tandem.api("GET", f"/budgets/key/{made['id']}")
    assert (shown["settled_nano_usd"], shown["reserved_nano_usd"]) == (30 * ONE_CALL, 0)


def test_streams_count_against_token_limits(tandem, upstream):
    """What is left of a token limit falls with streams as it does with whole answers, and the
    limit holds at admission, not afterwards."""
    key = tandem.make_key(limits={"tokens_per_minute": 400})["key"]
    left = []
    for _ in range(20):
        stream = stream_chat(tandem, key=key, max_tokens=200)
        if stream.status == 429:
            break
        left.append(int(stream.headers["x-ratelimit-remaining-tokens"]))
    assert stream.status == 429 and b"rate_limit_exceeded" in stream.raw
    assert left == sorted(left, reverse=True) and len(set(left)) == len(left) >= 3
    assert len(upstream.requests) == len(left)


@pytest.mark.timeout(240)
def test_a_thousand_abandoned_streams(start, upstream):
    """No slot, socket, thread or reservation is lost with a stream that its client leaves."""
    tandem = start(configuration(upstream, timeouts=PATIENT))
    made = tandem.make_key(budget={"nano_usd": 10**13, "period": "total"})
    upstream.default = upstream.default.parse("normal;deltas=200;delta_ms=100")

    def abandon(_):
        call = OpenStream(tandem, chat_body(stream=True), made["key"])
        assert call.status == 200
        call.read_events(2)
        call.leave()

    before = descriptors(tandem), threads(tandem)
    with ThreadPoolExecutor(50) as pool:
        list(pool.map(abandon, range(1000)))
    until(lambda: upstream.connections_open == 0, 20, "the provider's connections are closed")
    until(lambda: descriptors(tandem) <= before[0], 10, "sockets are closed")
    upstream.default = upstream.default.parse("normal")
    with ThreadPoolExecutor(50) as pool:
        streams = list(pool.map(lambda _: stream_chat(tandem, key=made["key"]), range(200)))
    assert all(stream.done for stream in streams)
    assert threads(tandem) <= before[1]
    rows = until(lambda: len(found := tandem.ledger(key_id=made["id"])) == 1200 and found,
                 5, "the rows")  # fmt: skip
    assert len({row["request_id"] for row in rows}) == 1200
    shown = tandem.api("GET", f"/budgets/key/{made['id']}")
    assert shown["reserved_nano_usd"] == 0
    assert shown["settled_nano_usd"] == sum(row["cost_nano_usd"] for row in rows)


@pytest.mark.timeout(280)
def test_memory_and_threads_do_not_grow(tandem):
    """Thousands of calls, whole and streamed, later, the server is as large as it was."""
    def some(count):
        with ThreadPoolExecutor(16) as pool:
            whole = pool.map(lambda _: chat(tandem).status, range(count))
            streams = pool.map(lambda _: stream_chat(tandem).done, range(count))
            assert set(whole) == {200} and set(streams) == {True}

    some(600)
    memory, count = processes.rss_bytes(tandem.pid), threads(tandem)
    some(2000)
    assert threads(tandem) <= count
    grown = processes.rss_bytes(tandem.pid) - memory
    assert grown < 24 << 20, f"{grown / 4000:.0f} bytes a call"


@pytest.mark.timeout(120)
def test_long_streams_do_not_keep_others_waiting(start, upstream):
    """Three hundred streams that last, and calls beside them are answered as ever."""
    tandem = start(configuration(upstream, timeouts=PATIENT))
    upstream.default = upstream.default.parse("normal;deltas=100;delta_ms=1000")
    with ThreadPoolExecutor(50) as pool:
        calls = list(pool.map(
            lambda _: OpenStream(tandem, chat_body(stream=True, max_tokens=2000)), range(300)))
    assert {call.status for call in calls} == {200}
    upstream.default = upstream.default.parse("normal")
    assert [chat(tandem).status for _ in range(50)] == [200] * 50
    assert stream_chat(tandem).done
    for call in calls:
        call.read_events(1)
        call.leave()


@pytest.mark.parametrize("megabytes", [1, 15])
def test_large_bodies_pass(tandem, upstream, megabytes):
    """A body below the limit arrives whole, whatever its size."""
    text = "x" * (megabytes << 20)
    answer = chat(tandem, text, max_tokens=5)
    assert answer.status == 200, answer.body[:300]
    assert upstream.requests[-1].json["messages"][0]["content"] == text


def test_without_its_database(start, upstream):
    """Keys and budgets live in memory: with PostgreSQL gone, a good key calls, a bad one is 401,
    a spent budget refuses, and what must be written is 503 with a time, never 401. With it back,
    all of it is in the books."""
    with PostgresProcess() as postgres:
        tandem = start({**configuration(upstream), "database": postgres.conninfo})
        made = tandem.make_key(budget={"nano_usd": 10 * ONE_CALL, "period": "total"})
        assert chat(tandem, key=made["key"], max_tokens=9).status == 200
        postgres.stop()
        answers = [chat(tandem, key=made["key"], max_tokens=9) for _ in range(15)]
        statuses = [answer.status for answer in answers]
        good = statuses.count(200)
        assert 1 <= good <= 9, statuses
        assert set(statuses[good:]) == {429}, "a budget that fails open"
        assert answers[-1].error["code"] == "budget_exceeded"
        assert chat(tandem, key="tk-nobody").status == 401
        refused = tandem.request("POST", "/api/tandem/v1/keys", body={"name": "later"})
        assert refused.status == 503 and int(refused.headers["retry-after"]) >= 1
        assert refused.error["code"] in ("storage_failed", "unavailable", "overloaded")
        postgres.start()
        path, body = "/api/tandem/v1/keys", {"name": "later"}
        until(lambda: tandem.request("POST", path, body=body).status == 201, 20, "keys again")
        rows = until(lambda: len(found := tandem.ledger(key_id=made["id"])) == good + 1 and found,
                     20, "the rows of the time without it")  # fmt: skip
        assert sum(row["cost_nano_usd"] for row in rows) == (good + 1) * ONE_CALL
        tandem.stop()


PLANTED = {
    "UPSTREAM_KEY": "sk-planted-0123456789-provider",
    "SECOND_KEY": "sk-planted-9876543210-second",
}


def test_no_secret_is_told(start_tandem, tandem_binary, upstream, tmp_path):
    """A gateway holds every key. After calls that went well and badly, with everything logged,
    none stands in the data folder, the log, the traces, the API, or `config print`."""
    config = configuration(upstream)
    file = tmp_path / "second.key"
    file.write_text("sk-planted-file-5555555555\n")
    config["providers"]["second"] = {**config["providers"]["upstream"], "api_key": f"file:{file}"}
    config["providers"]["third"] = {**config["providers"]["upstream"], "api_key": "env:SECOND_KEY"}
    config["endpoints"]["second"] = chat_endpoint(provider_name="second", capture="full")
    config["endpoints"]["third"] = chat_endpoint(provider_name="third", capture="full")
    config["log"] = {"level": "debug"}
    tandem = start_tandem(config, environment=PLANTED)
    made = tandem.make_key()
    for model in ("chat", "second", "third"):
        upstream.queue("normal", "tells_the_key", "status_500", "normal", "error_event")
        for _ in range(3):
            chat(tandem, key=made["key"], model=model)
        for _ in range(2):
            stream_chat(tandem, key=made["key"], model=model)
        assert upstream.requests[-1].header("authorization").startswith("Bearer sk-planted-")
    shown = b""
    for path in ("/providers", "/endpoints", "/keys", "/traces?limit=1000", "/audit", "/ledger"):
        shown += tandem.request("GET", f"/api/tandem/v1{path}").body
    for row in tandem.list_all("/traces"):
        shown += json.dumps(tandem.api("GET", f"/traces/{row['trace_id']}?limit=0")).encode()
    shown += tandem.request("GET", "/metrics").body
    shown += subprocess.run(
        [str(tandem_binary), "config", "print", "--config", str(tandem._home / "tandem.json")],
        capture_output=True, check=True, env={**os.environ, **PLANTED},
    ).stdout  # fmt: skip
    tandem.stop()
    secrets = [*PLANTED.values(), "sk-planted-file-5555555555", made["key"]]
    places = {"the API": shown, "the log": tandem.log_path.read_bytes()}
    for path in Path(tandem.data_dir).rglob("*"):
        if path.is_file():
            places[str(path)] = path.read_bytes()
    assert len(places) > 5 and "env:SECOND_KEY" in shown.decode()
    for secret in secrets:
        assert [place for place, told in places.items() if secret.encode() in told] == [], secret
