"""Promises about budgets and rate limits."""

from __future__ import annotations

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from calls import OpenStream, chat, chat_body, stream_chat, until
from configurations import INPUT_NANO_USD, OUTPUT_NANO_USD, configuration, cost_nano_usd

ONE_CALL = cost_nano_usd(20, 9)  # what a normal answer of the upstream costs


def spend(tandem, made: dict) -> dict:
    """The row of the key's budget in GET /budgets."""
    return next(row for row in tandem.budgets() if made["id"] in (row["id"], row.get("scope_id")))


def test_refusal(tandem, upstream):
    """A refusal is 429, `error.code: "budget_exceeded"`, `x-should-retry: false`, and never reaches
    a provider. An exhausted budget says which budget, how much is left and when it resets."""
    made = tandem.make_key("poor", budget={"nano_usd": 1000, "period": "day"})
    refused = chat(tandem, key=made["key"])
    assert refused.status == 429
    assert refused.error["code"] == "budget_exceeded"
    assert refused.headers["x-should-retry"] == "false"
    tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)
    message = refused.error["message"]
    assert "key" in message and made["id"] in message
    assert tomorrow.isoformat() in message
    assert "0.000001" in message or "1000" in message or "1,000" in message
    assert upstream.requests == []
    assert tandem.ledger(key_id=made["id"]) == []


def test_refusal_of_a_stream(tandem, upstream):
    """A refused stream is a plain 429, not a stream with an error in it."""
    made = tandem.make_key(budget={"nano_usd": 1000, "period": "total"})
    refused = stream_chat(tandem, key=made["key"])
    assert refused.status == 429
    assert refused.headers["content-type"].startswith("application/json")
    assert upstream.requests == []


def test_every_budget_above_the_key_counts(start, upstream):
    """Admission reserves an estimate against every budget that applies."""
    config = configuration(upstream)
    config["projects"]["default"]["budget"] = {"nano_usd": 1000, "period": "month"}
    tandem = start(config)
    made = tandem.make_key(budget={"nano_usd": 10**12, "period": "month"})
    refused = chat(tandem, key=made["key"])
    assert refused.status == 429
    assert "project" in refused.error["message"]
    assert upstream.requests == []


def reserved_by(tandem, upstream, body: dict) -> int:
    """What one call holds while the provider thinks."""
    made = tandem.make_key(budget={"nano_usd": 10**12, "period": "month"})
    upstream.queue("slow_first_byte;ms=400")
    seen = len(upstream.requests)
    thread = threading.Thread(
        target=tandem.request, args=("POST", "/v1/chat/completions"),
        kwargs={"body": body, "key": made["key"]},
    )  # fmt: skip
    thread.start()
    upstream.wait_for_requests(seen + 1)
    reserved = spend(tandem, made)["reserved_nano_usd"]
    thread.join()
    until(lambda: spend(tandem, made)["reserved_nano_usd"] == 0, 1, "the reservation ends")
    return reserved


def test_input_estimate(tandem, upstream):
    """Input tokens … estimated at no more than twice the real count."""
    text = "The quick brown fox jumps over the lazy dog. " * 100
    tokens = 1001  # by OpenAI's cl100k_base: ten a sentence and the last space
    reserved = reserved_by(tandem, upstream, chat_body(text, max_tokens=1))
    input_nano_usd = reserved - OUTPUT_NANO_USD
    assert tokens * INPUT_NANO_USD <= input_nano_usd <= 2 * tokens * INPUT_NANO_USD


def test_output_bound(tandem, upstream):
    """Output bounded by `max_tokens` (`max_completion_tokens`, `max_output_tokens`)."""
    body = chat_body()
    small = reserved_by(tandem, upstream, {**body, "max_tokens": 10})
    large = reserved_by(tandem, upstream, {**body, "max_tokens": 1010})
    assert large - small == 1000 * OUTPUT_NANO_USD
    del body["max_tokens"]
    other = reserved_by(tandem, upstream, {**body, "max_completion_tokens": 1010})
    assert other == large
    both = reserved_by(tandem, upstream, {**body, "max_completion_tokens": 1010, "n": 3})
    assert both - other == 2 * 1010 * OUTPUT_NANO_USD


def test_default_max_tokens(start, upstream):
    """… or by the endpoint's `default_max_tokens` when absent."""
    tandem = start(configuration(upstream, default_max_tokens=500))
    body = chat_body()
    del body["max_tokens"]
    without = reserved_by(tandem, upstream, body)
    given = reserved_by(tandem, upstream, {**body, "max_tokens": 500})
    assert without == given


def test_what_was_not_used_is_given_back(tandem, upstream):
    """Reserve before, settle after: the difference is free again."""
    made = tandem.make_key(budget={"nano_usd": 10**9, "period": "month"})
    assert chat(tandem, key=made["key"], max_tokens=5000).status == 200
    row = spend(tandem, made)
    assert row["settled_nano_usd"] == ONE_CALL
    assert row["reserved_nano_usd"] == 0
    assert row["limit_nano_usd"] == 10**9
    assert row["resets_at"].endswith("Z")
    upstream.queue("status_500")
    assert chat(tandem, key=made["key"]).status >= 500
    row = spend(tandem, made)
    assert (row["settled_nano_usd"], row["reserved_nano_usd"]) == (ONE_CALL, 0)


def test_keys_show_what_is_left(tandem):
    """`GET /keys/{id}` shows spend and what is left."""
    made = tandem.make_key(budget={"nano_usd": 10**9, "period": "month"})
    chat(tandem, key=made["key"])
    shown = tandem.api("GET", f"/keys/{made['id']}")
    assert str(ONE_CALL) in str(shown)
    assert str(10**9 - ONE_CALL) in str(shown)


@pytest.mark.timeout(240)
def test_a_thousand_concurrent_calls_on_one_budget(tandem, upstream):
    """1,000 concurrent calls cannot overrun a budget and can use all of it."""
    upstream.default = upstream.default.parse("normal;delay_ms=30")
    limit = 400 * ONE_CALL + ONE_CALL // 2
    made = tandem.make_key(budget={"nano_usd": limit, "period": "total"})
    # What the answer will have: nine tokens out; in, no more than any count of these words.
    body = chat_body("please " * 30, max_tokens=9)
    highest = [0]
    stop = threading.Event()

    def watch():
        while not stop.wait(0.02):
            row = spend(tandem, made)
            total = row["settled_nano_usd"] + row["reserved_nano_usd"]
            highest[0] = max(highest[0], total)

    watcher = threading.Thread(target=watch)
    watcher.start()

    def one(_):
        answer = tandem.request("POST", "/v1/chat/completions", body=body, key=made["key"])
        return answer.status, answer.headers.get("x-should-retry")

    with ThreadPoolExecutor(1000) as pool:
        answers = list(pool.map(one, range(1000)))
    # What was refused because others held it is there again once they have settled.
    while (answer := one(None))[0] == 200:
        answers.append(answer)
    stop.set()
    watcher.join()
    served = sum(status == 200 for status, _ in answers)
    assert {status for status, _ in answers} <= {200, 429}
    assert all(retry == "false" for status, retry in answers if status == 429)
    assert len(upstream.requests) == served
    row = spend(tandem, made)
    assert row["settled_nano_usd"] == served * ONE_CALL <= limit
    assert row["reserved_nano_usd"] == 0
    assert highest[0] <= limit
    # All of it: not even one more call of this size fits, by its own estimate of at most twice 35
    # tokens (message framing included).
    assert limit - row["settled_nano_usd"] < cost_nano_usd(70, 9)
    rows = until(
        lambda: len(found := tandem.ledger(key_id=made["id"])) == served and found, 5, "all rows"
    )
    assert sum(item["cost_nano_usd"] for item in rows) == row["settled_nano_usd"]
    assert len({item["request_id"] for item in rows}) == served


def test_budgets_survive_a_restart(tandem):
    """What was spent stays spent."""
    made = tandem.make_key(budget={"nano_usd": 10**9, "period": "month"})
    for _ in range(3):
        chat(tandem, key=made["key"])
    tandem.kill()
    tandem.restart()
    row = spend(tandem, made)
    assert (row["settled_nano_usd"], row["reserved_nano_usd"]) == (3 * ONE_CALL, 0)


def test_soft_budget(tandem, upstream):
    """Hard or soft: a soft budget lets calls pass."""
    made = tandem.make_key(budget={"nano_usd": 1000, "period": "month", "hard": False})
    assert chat(tandem, key=made["key"]).status == 200
    assert spend(tandem, made)["settled_nano_usd"] == ONE_CALL


def test_budget_of_a_scope(tandem, upstream):
    """`PUT /budgets/{scope}/{id}`; the same three verbs."""
    made = tandem.make_key()
    assert chat(tandem, key=made["key"]).status == 200
    tandem.api("PUT", f"/budgets/key/{made['id']}", {"nano_usd": 1000, "period": "total"})
    assert chat(tandem, key=made["key"]).status == 429
    tandem.api("DELETE", f"/budgets/key/{made['id']}")
    assert chat(tandem, key=made["key"]).status == 200


def test_rate_limit(tandem, upstream):
    """A rate limit is 429, `error.code: "rate_limit_exceeded"`, with `retry-after`."""
    key = tandem.make_key(limits={"requests_per_minute": 5})["key"]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: chat(tandem, key=key), range(20)))
    good = [answer for answer in answers if answer.status == 200]
    refused = [answer for answer in answers if answer.status == 429]
    assert (len(good), len(refused)) == (5, 15)
    assert len(upstream.requests) == 5
    for answer in refused:
        assert answer.error["code"] == "rate_limit_exceeded"
        assert 1 <= int(answer.headers["retry-after"]) <= 61
        assert answer.headers.get("x-should-retry") != "false"
    for answer in good:
        assert answer.headers["x-ratelimit-limit-requests"] == "5"
        assert 0 <= int(answer.headers["x-ratelimit-remaining-requests"]) <= 4


def test_token_rate_limit(tandem, upstream):
    """Key scopes: rate and token limits."""
    key = tandem.make_key(limits={"tokens_per_minute": 300})["key"]
    statuses = [chat(tandem, key=key, max_tokens=200).status for _ in range(5)]
    assert statuses[0] == 200 and 429 in statuses


def test_reservations_of_streams_end_with_them(tandem, upstream):
    """A stream that its client leaves gives back what it held."""
    made = tandem.make_key(budget={"nano_usd": 10**9, "period": "month"})
    upstream.queue("normal;deltas=2000;delta_ms=10")
    call = OpenStream(tandem, chat_body(stream=True, max_tokens=3000), made["key"])
    call.read_events(3)
    assert spend(tandem, made)["reserved_nano_usd"] > 0
    call.leave()
    until(lambda: spend(tandem, made)["reserved_nano_usd"] == 0, 5, "the reservation ends")
    assert spend(tandem, made)["settled_nano_usd"] > 0
