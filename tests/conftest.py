"""Fixtures for everything that drives the real binary.

    def test_x(start_tandem, upstream):
        tandem = start_tandem(chat_config(upstream))
        answer = tandem.request("POST", "/v1/chat/completions", body={...})
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import processes  # noqa: E402
from tandem_process import TandemProcess, find_binary  # noqa: E402
from upstream import Upstream  # noqa: E402

# A thousand clients and a thousand connections of the upstream live in this one process.
processes.raise_descriptor_limit()


@pytest.fixture
def upstream():
    """A scriptable provider (tests/upstream)."""
    with Upstream() as server:
        yield server


@pytest.fixture(scope="session")
def tandem_binary() -> Path:
    binary = find_binary()
    if not binary.exists():
        pytest.fail(f"{binary} does not exist: scripts/build makes it, or set TANDEM_BINARY")
    return binary


@pytest.fixture
def start_tandem(tandem_binary):
    """A function config -> running TandemProcess. At the end of the test every server is stopped
    with SIGTERM and must leave cleanly: exit code 0, no crash in the log, no process left."""
    started: list[TandemProcess] = []

    def start(config: dict, **options) -> TandemProcess:
        server = TandemProcess(config, binary=tandem_binary, **options)
        started.append(server)
        return server.start()

    yield start
    failures = []
    for server in reversed(started):
        try:
            server.close()
        except AssertionError as failure:
            failures.append(failure)
    if failures:
        raise failures[0]
