"""Two servers on one PostgreSQL: what one changes, the other heeds within a second."""

from __future__ import annotations

import time

import pytest
from calls import chat
from configurations import configuration
from postgres_process import PostgresProcess

# One secret for the hashes of keys: nodes share it as they share the database.
SECRET = "5e" * 32


@pytest.fixture
def nodes(start, upstream, tmp_path):
    with PostgresProcess() as postgres:
        config = {**configuration(upstream), "database": postgres.conninfo}
        folders = []
        for name in ("one", "two"):
            folder = tmp_path / name
            folder.mkdir()
            (folder / "key.secret").write_text(SECRET + "\n")
            (folder / "key.secret").chmod(0o600)
            folders.append(folder)
        yield [start(config, data_dir=folder) for folder in folders]


def within(seconds: float, condition) -> float:
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < seconds, "it took too long"
        time.sleep(0.02)
    return time.monotonic() - begin


def test_keys_of_another_node(nodes):
    """`DELETE /keys/{id}` revokes within a second, on every node."""
    one, two = nodes
    made = one.make_key()
    within(1.0, lambda: chat(two, key=made["key"]).status == 200)
    one.api("DELETE", f"/keys/{made['id']}")
    assert chat(one, key=made["key"]).status == 401
    within(1.0, lambda: chat(two, key=made["key"]).status == 401)


def test_projects_of_another_node(nodes):
    one, two = nodes
    one.api("POST", "/projects", {"name": "shared"})
    headers = {"x-tandem-project": "shared"}
    within(1.0, lambda: two.request("GET", "/v1/models", headers=headers).status == 200)
