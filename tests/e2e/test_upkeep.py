"""What the server does beside its calls: declared projects, last use of keys, old traces."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
from datetime import datetime

from calls import chat
from configurations import configuration


def declare(config: dict, **projects) -> dict:
    return {**config, "projects": {**config["projects"], **projects}}


def project_names(tandem) -> dict[str, str]:
    return {row["name"]: row["declared_by"] for row in tandem.api("GET", "/projects")["data"]}


def test_projects_of_the_file(start, upstream):
    """What the file declares exists from the start and is read-only in the API."""
    tandem = start(declare(configuration(upstream), billing={"description": "Invoices."}))
    assert project_names(tandem) == {"default": "file", "billing": "file"}
    assert tandem.api("GET", "/projects/billing")["description"] == "Invoices."
    refused = tandem.request("PATCH", "/api/tandem/v1/projects/billing", body={"description": "x"})
    assert refused.status == 403 and "file" in refused.error["message"]
    key = tandem.make_key(project="billing")
    assert (key["project"], chat(tandem, key=key["key"]).status) == ("billing", 200)


def test_projects_after_a_reload(start, upstream):
    """SIGHUP reads the file again: new projects exist, dropped ones belong to the API."""
    config = declare(configuration(upstream), old={})
    tandem = start(config)
    assert project_names(tandem) == {"default": "file", "old": "file"}
    tandem.config = declare(configuration(upstream), new={"description": "Just begun."})
    tandem.command()  # writes the file again
    tandem.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 5
    while "new" not in project_names(tandem) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert project_names(tandem) == {"default": "file", "old": "api", "new": "file"}
    assert tandem.make_key(project="new")["project"] == "new"


def test_last_use_of_a_key_survives_a_restart(start, upstream):
    """When a key was last used is stored now and then, and at the end."""
    tandem = start(configuration(upstream))
    used, idle = tandem.make_key("used"), tandem.make_key("idle")
    before = time.time()
    assert chat(tandem, key=used["key"]).status == 200
    after = time.time()
    assert tandem.stop() == 0
    tandem.restart()
    last = tandem.api("GET", f"/keys/{used['id']}")["last_used_at"]
    seconds = datetime.fromisoformat(last.replace("Z", "+00:00")).timestamp()
    assert before - 1 <= seconds <= after + 1
    assert tandem.api("GET", f"/keys/{idle['id']}")["last_used_at"] is None


def test_old_traces_are_deleted(start, upstream):
    """`traces.keep_days`: what started before is deleted, at the start and then every hour."""
    tandem = start(configuration(upstream))
    old, young = (chat(tandem).headers["x-tandem-trace-id"] for _ in range(2))
    assert tandem.stop() == 0
    # Nobody can wait for two days.
    with sqlite3.connect(tandem.data_dir / "traces.db") as traces:
        moved = traces.execute("UPDATE traces SET start_us = start_us - ? WHERE trace_id = ?",
                               (2 * 86_400_000_000, bytes.fromhex(old)))  # fmt: skip
        assert moved.rowcount == 1
    traces.close()
    tandem.config["traces"] = {"keep_days": 3}
    tandem.restart()
    assert {row["trace_id"] for row in tandem.list_all("/traces")} == {old, young}
    assert tandem.stop() == 0
    tandem.config["traces"] = {"keep_days": 1}
    tandem.restart()
    deadline = time.monotonic() + 5
    while len(tandem.list_all("/traces")) > 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [row["trace_id"] for row in tandem.list_all("/traces")] == [young]
    assert tandem.request("GET", f"/api/tandem/v1/traces/{old}").status == 404


def test_a_wrong_project_name_is_a_configuration_error(tandem_binary, tmp_path):
    config = tmp_path / "tandem.json"
    config.write_text(json.dumps({"projects": {"no spaces": {}}}))
    check = [str(tandem_binary), "serve", "--check", "--config", str(config)]
    checked = subprocess.run(check, capture_output=True, text=True, check=False)
    assert checked.returncode == 78
    assert "no spaces" in checked.stderr
