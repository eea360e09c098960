"""Promises about prices: dates, what rows were settled at, batches of the table."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

from calls import chat, until
from configurations import configuration, cost_nano_usd

ONE_CALL = cost_nano_usd(20, 9)


def rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def row_of(tandem, answer) -> dict:
    rows = tandem.ledger_rows(answer.headers["x-request-id"])
    assert len(rows) == 1
    return rows[0]


def test_a_price_changes_at_its_time(start, upstream):
    """A price change in the future takes effect at its time, without a restart."""
    change = datetime.now(timezone.utc) + timedelta(seconds=4)
    config = configuration(upstream)
    config["prices"]["mock"] = {
        "input": 1.0, "output": 2.0,
        "versions": [{"effective_from": rfc3339(change), "input": 10.0, "output": 20.0}],
    }  # fmt: skip
    tandem = start(config)
    before = row_of(tandem, chat(tandem))
    assert datetime.now(timezone.utc) < change, "the machine is too slow for this test"
    assert before["cost_nano_usd"] == ONE_CALL
    time.sleep(max(0.0, (change - datetime.now(timezone.utc)).total_seconds()) + 0.05)
    after = row_of(tandem, chat(tandem))
    assert after["cost_nano_usd"] == 10 * ONE_CALL
    assert after["price_id"] != before["price_id"]
    shown = tandem.api("GET", "/prices/mock")
    assert [entry["price_id"] for entry in shown["entries"]] == [
        before["price_id"], after["price_id"],
    ]  # fmt: skip
    assert shown["price_id"] == after["price_id"]
    earlier = tandem.api("GET", f"/prices/mock?at={quote(rfc3339(change - timedelta(hours=1)))}")
    assert earlier["price_id"] == before["price_id"]


def test_history_is_not_rewritten(start, upstream):
    """A settled row keeps the price that it was settled with, and that price can still be read."""
    config = configuration(upstream)
    del config["prices"]["mock"]
    tandem = start(config)
    tandem.api("PUT", "/prices/mock", {"input": 1, "output": 2}, expect=201)
    old = row_of(tandem, chat(tandem))
    tandem.api("PUT", "/prices/mock", {"input": 3, "output": 4}, expect=200)
    new = row_of(tandem, chat(tandem))
    assert (old["cost_nano_usd"], new["cost_nano_usd"]) == (ONE_CALL, 20 * 3000 + 9 * 4000)
    assert row_of_id(tandem, old["request_id"])["cost_nano_usd"] == ONE_CALL
    entry = tandem.api("GET", f"/price_entries?id={old['price_id']}")["data"]
    assert len(entry) == 1
    assert (entry[0]["price"]["input"], entry[0]["price"]["output"]) == (1, 2)
    tandem.kill()
    tandem.restart()
    assert len(tandem.api("GET", "/price_entries?model=mock")["data"]) == 2
    groups = tandem.api("GET", "/ledger?group_by=price_id")["data"]
    assert {group["price_id"]: group["cost_nano_usd"] for group in groups} == {
        old["price_id"]: ONE_CALL, new["price_id"]: 20 * 3000 + 9 * 4000,
    }  # fmt: skip


def row_of_id(tandem, request_id: str) -> dict:
    return tandem.ledger_rows(request_id)[0]


def test_overlapping_prices(tandem):
    """Overlapping entries are an error that names both."""
    answer = tandem.api("PUT", "/prices/other", {
        "input": 1, "effective_until": "2027-01-01",
        "versions": [{"effective_from": "2026-12-01", "input": 2}],
    }, expect=400)  # fmt: skip
    message = answer["error"]["message"]
    assert "the price itself" in message and "versions[0]" in message and "overlap" in message
    assert not tandem.api("GET", "/prices?model=other")["data"]


def test_which_price_applies(tandem):
    """GET /prices lists prices, and says which one a model is settled at."""
    found = tandem.api("GET", "/prices?model=" + quote("openai/gpt-4o-mini-2024-07-18", safe=""))
    assert [price["model"] for price in found["data"]] == ["gpt-4o-mini"]
    assert found["data"][0]["declared_by"] == "builtin"
    assert found["data"][0]["batch_percent"] == 50
    assert not tandem.api("GET", "/prices?model=nothing-like-it")["data"]
    names = {price["model"] for price in tandem.list_all("/prices")}
    assert {"mock", "gpt-4o", "claude-sonnet-4-5"} <= names
    tandem.api("GET", "/prices?at=yesterday", expect=400)


def test_counted_tokens_and_emissions(tandem):
    """Rows hold our own counts beside the provider's, and emissions of the energy."""
    row = row_of(tandem, chat(tandem))
    assert row["tier"] == "standard"
    assert row["counted_input_tokens"] > 0
    # The upstream's nine words.
    assert 9 <= row["counted_output_tokens"] <= 18
    # 20 * 0.1 J + 9 * 2 J = 20 J; 473 g/kWh: 2627.8 micrograms, rounded up.
    assert row["energy_mj"] == 20_000
    assert row["co2e_ug"] == 2628
    until(lambda: tandem.api("GET", "/ledger?group_by=day")["data"][0]["co2e_ug"] == 2628)
