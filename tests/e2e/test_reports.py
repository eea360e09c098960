"""Statements, forecast and reconciliation: sums that can be checked against the rows."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from datetime import datetime, timezone

import pytest
from calls import chat, stream_chat, until
from configurations import chat_endpoint, configuration, cost_nano_usd

ONE_CALL = cost_nano_usd(20, 9)


def month_now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m")


def test_statement_adds_up_to_the_ledger(tandem, upstream):
    """Totals are exactly the sums of the rows; JSON, CSV and the page say the same."""
    keys = [tandem.make_key(f"team-{number}") for number in range(2)]
    upstream.queue("normal", "normal", "status_500", "missing_usage")
    for key in (keys[0], keys[0], keys[1], keys[1]):
        chat(tandem, key=key["key"])
    rows = until(lambda: (r := tandem.ledger()) and len(r) == 4 and r, 2, "all rows")
    path = f"/statements?month={month_now()}&group_by=key_id"
    made = tandem.api("GET", path)
    by_key = {line["key_id"]: line for line in made["lines"]}
    for key in keys:
        mine = [row for row in rows if row["key_id"] == key["id"]]
        assert by_key[key["id"]]["cost_nano_usd"] == sum(row["cost_nano_usd"] for row in mine)
    assert by_key[keys[0]["id"]]["cost_nano_usd"] == 2 * ONE_CALL
    assert by_key[keys[0]["id"]]["cost_usd"] == f"0.{2 * ONE_CALL:09d}"
    assert (by_key[keys[1]["id"]]["released"], by_key[keys[1]["id"]]["estimated"]) == (1, 1)
    total = sum(row["cost_nano_usd"] for row in rows)
    assert made["total"]["cost_nano_usd"] == total and made["complete"] is False
    answer = tandem.request("GET", f"/api/tandem/v1{path}&format=csv")
    lines = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
    assert sum(int(line["cost_nano_usd"]) for line in lines) == total
    page = tandem.request("GET", f"/api/tandem/v1{path}&format=html&currency=EUR&rate=0.92")
    assert page.headers["content-type"].startswith("text/html")
    assert keys[0]["id"] in page.body.decode() and "Amount (EUR)" in page.body.decode()
    tandem.api("GET", "/statements?month=2026-13", expect=400)
    tandem.api("GET", "/statements", expect=400)


def test_reports_cross_no_project(start, upstream):
    """A key sees its own project's."""
    config = configuration(upstream)
    config["projects"]["desk"] = {}
    tandem = start(config)
    chat(tandem)
    until(lambda: tandem.ledger(), 2, "the row")
    other = tandem.make_key(project="desk")["key"]
    for path in (f"/statements?month={month_now()}", "/forecast", "/reconciliation"):
        answer = tandem.api("GET", path, key=other)
        assert answer.get("lines", answer.get("data")) == []
        joint = "&" if "?" in path else "?"
        tandem.api("GET", f"{path}{joint}project=default", key=other, expect=403)


def test_forecast(tandem):
    """With nothing but today, no interval is claimed."""
    chat(tandem)
    until(lambda: tandem.ledger(), 2, "the row")
    made = tandem.api("GET", "/forecast?group_by=project,endpoint&level=95")
    assert made["level_percent"] == 95 and made["month"] == month_now()
    [line] = made["data"]
    assert (line["project"], line["endpoint"]) == ("default", "chat")
    assert line["spent_nano_usd"] == line["forecast_nano_usd"] == ONE_CALL
    assert line["low_nano_usd"] is None and line["days_of_history"] == 0
    tandem.api("GET", "/forecast?level=100", expect=400)


@pytest.mark.parametrize("stream", [False, True])
def test_reports_that_lie(start, upstream, stream):
    """A provider that reports half, nothing or not at all is seen."""
    text = "one two three four five six seven eight nine ten eleven twelve"
    call = stream_chat if stream else chat
    endpoints = {
        name: chat_endpoint(model=f"{name}-model") for name in ("honest", "half", "zero", "silent")
    }
    config = configuration(upstream, endpoints)
    config["prices"]["*"] = {"input": 1.0, "output": 2.0}
    tandem = start(config)
    scripts = {
        "honest": "normal;prompt_tokens=28;completion_tokens=12",
        "half": "normal;prompt_tokens=28;completion_tokens=5",
        "zero": "zero_usage",
        "silent": "missing_usage",
    }
    options = f";text={text}"
    for name, script in scripts.items():
        for _ in range(2):
            upstream.queue(script + options)
            answer = call(tandem, text * 2, model=name)
            assert answer.status == 200
    until(lambda: len(tandem.ledger()) == 8, 3, "all rows")
    made = tandem.api("GET", "/reconciliation?low=60&least=8")
    targets = {each["target"].removeprefix("upstream/"): each for each in made["data"]}
    honest, half = targets["honest-model"], targets["half-model"]
    assert (honest["missing"], honest["zero"], honest["high"]) == (0, 0, 0)
    assert half["low"] == 2
    assert half["output_percent"] < 0.6 * honest["output_percent"]
    assert (targets["zero-model"]["zero"], targets["zero-model"]["missing"]) == (2, 0)
    assert (targets["silent-model"]["missing"], targets["silent-model"]["zero"]) == (2, 0)
    silent = targets["silent-model"]
    assert silent["missing_nano_usd"] == silent["cost_nano_usd"] > 0
    findings = {(odd["target"], odd["finding"]) for odd in made["odd_calls"]}
    assert {
        ("upstream/half-model", "low"), ("upstream/zero-model", "zero"),
        ("upstream/silent-model", "missing"),
    } <= findings  # fmt: skip


def test_command_line(tandem):
    """What a finance person types."""
    chat(tandem)
    until(lambda: tandem.ledger(), 2, "the row")

    def run(*arguments: str) -> str:
        variables = dict(os.environ, TANDEM_URL=tandem.url, TANDEM_KEY=tandem.admin_key)
        done = subprocess.run(
            [str(tandem.binary), *arguments], env=variables, capture_output=True, text=True,
            timeout=30,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    lines = list(csv.DictReader(io.StringIO(run("ledger", "export", "group_by=model"))))
    assert [(line["model"], line["cost_nano_usd"]) for line in lines] == [("mock", str(ONE_CALL))]
    assert json.loads(run("ledger", "export", "--format", "jsonl"))["cost_nano_usd"] == ONE_CALL
    assert "<table>" in run("statements", "export", f"month={month_now()}", "--format", "html")
    assert "upstream/mock" in run("reconciliation", "list")
    assert "default" in run("forecast", "list")
    assert "gpt-4o-mini" in run("prices", "list", "limit=1000")
