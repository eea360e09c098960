"""`tandem <noun> <verb>`: tables for people, `--json` for programs."""

from __future__ import annotations

import json
import os
import subprocess
import time

import pytest
from calls import chat
from configurations import configuration

NOUNS = ["keys", "endpoints", "providers", "models", "engines", "traces", "ledger", "budgets",
         "audit", "prices", "limits", "webhooks", "deliveries", "alerts", "forecast",
         "reconciliation"]  # fmt: skip


@pytest.fixture
def tandem(start, upstream):
    return start(configuration(upstream))


@pytest.fixture
def verb(tandem, tandem_binary):
    def run(*words, key=None, code=0) -> subprocess.CompletedProcess:
        chosen = {"TANDEM_URL": tandem.url, "TANDEM_KEY": key or tandem.admin_key}
        environment = {**os.environ, **chosen}
        done = subprocess.run([str(tandem_binary), *words], env=environment, capture_output=True,
                              text=True, timeout=30, check=False)  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


@pytest.mark.parametrize("noun", NOUNS)
def test_lists(tandem, verb, noun):
    answer = chat(tandem)
    assert answer.status == 200
    assert tandem.ledger_rows(answer.headers["x-request-id"])
    deadline = time.monotonic() + 5
    while not tandem.list_all("/traces") and time.monotonic() < deadline:
        time.sleep(0.02)
    table = verb(noun, "list").stdout.splitlines()
    data = json.loads(verb(noun, "list", "--json").stdout)["data"]
    assert len(table) == len(data) + 1  # its header
    assert "{" not in table[0]
    if noun == "endpoints":
        assert {row.split()[0] for row in table[1:]} == {"chat", "embed"}


def test_keys(tandem, verb):
    made = json.loads(verb("keys", "create", "ci", "--endpoint", "chat", "--json").stdout)
    assert made["key"].startswith("tk-") and made["endpoints"] == ["chat"]
    assert chat(tandem, key=made["key"]).status == 200
    assert made["id"] in verb("keys", "list").stdout
    verb("keys", "revoke", made["id"])
    assert chat(tandem, key=made["key"]).status == 401


def test_model_upload(tandem, verb, tmp_path):
    file = tmp_path / "model.onnx"
    file.write_bytes(b"bytes of a model")
    assert "churn" in verb("models", "upload", "churn", str(file)).stdout
    assert "churn" in verb("models", "list").stdout


def test_trace_tail_shows_new_calls(tandem, tandem_binary):
    """`tandem traces tail` prints traces as they come."""
    environment = {**os.environ, "TANDEM_URL": tandem.url, "TANDEM_KEY": tandem.admin_key}
    tail = subprocess.Popen([str(tandem_binary), "traces", "tail", "--json"], env=environment,
                            stdout=subprocess.PIPE, text=True)  # fmt: skip
    try:
        answer = chat(tandem)
        line = json.loads(tail.stdout.readline())
        assert line["trace_id"] == answer.headers["x-tandem-trace-id"]
    finally:
        tail.terminate()
        tail.wait()
        tail.stdout.close()


def test_errors(verb, tandem_binary):
    """What went wrong in one sentence; 64 for a wrong command line."""
    refused = verb("keys", "list", key="tk-wrong", code=1)
    assert "key" in refused.stderr and not refused.stdout
    assert verb("keys", code=64)
    assert verb("nothing", "list", code=64)
    gone = subprocess.run([str(tandem_binary), "keys", "list", "--url", "http://127.0.0.1:1"],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert gone.returncode == 70 and "127.0.0.1:1" in gone.stderr
