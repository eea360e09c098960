"""The benchmark tools measure what they say: the load generator against the scriptable upstream,
whose every answer is known, and each benchmark once as a smoke test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tandem_process import ROOT

BODY = json.dumps({"model": "mock", "messages": [{"role": "user", "content": "hi"}]})
STREAM = json.dumps({**json.loads(BODY), "stream": True})


@pytest.fixture(scope="session")
def tools() -> Path:
    given = os.environ.get("TANDEM_BENCH_TOOLS")
    if given:
        return Path(given)
    build = ROOT / "build" / "release"
    subprocess.run(
        ["cmake", "--build", str(build), "--target", "tandem_bench_tools", "-j2"],
        check=True, capture_output=True,
    )  # fmt: skip
    return build / "bench"


@pytest.fixture
def load(tools, upstream):
    def run(*options: str, script: str = "normal", body: str = BODY, expect: int = 0) -> dict:
        answer = subprocess.run(
            [str(tools / "loadgen"), f"127.0.0.1:{upstream.port}", "--body", body,
             "-H", f"x-upstream-script: {script}", *options],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert answer.returncode == expect, answer.stderr
        return json.loads(answer.stdout)

    return run


def test_counts_are_exact(load, upstream):
    result = load("-c", "7", "-t", "2", "-n", "100", "--warmup-count", "20")
    assert (result["answered"], result["errors"]) == (100, 0)
    assert result["statuses"] == {"200": 100}
    assert result["latency_us"]["count"] == 100
    assert len(upstream.requests) == 120
    assert upstream.connections_seen == 7
    assert result["bytes_in"] == sum(seen.bytes_sent for seen in upstream.requests[:100])


def test_latency_is_what_the_upstream_waited(load):
    result = load("-n", "20", script="normal;delay_ms=50")
    assert 50_000 < result["latency_us"]["p50"] < 65_000


def test_an_open_loop_does_not_hide_stalls(load):
    """One connection, 100 requests/s, 50 ms each: the queue grows, and latency with it (Tene's
    coordinated omission)."""
    result = load("-c", "1", "--rate", "100", "-n", "40", script="normal;delay_ms=50")
    assert result["latency_us"]["max"] > 1_000_000
    closed = load("-c", "1", "-n", "20", script="normal;delay_ms=50")
    assert closed["latency_us"]["max"] < 200_000


def test_streams_are_measured(load):
    result = load("-n", "5", script="normal;deltas=6;delta_ms=20", body=STREAM)
    streams = result["streams"]
    assert (streams["completed"], streams["broken"], streams["stalls"]) == (5, 0, 0)
    assert streams["events"] == 5 * 8  # role, six deltas, finish
    assert 19_000 < streams["gap_us"]["p90"] < 40_000
    stalled = load("-n", "2", script="stall_mid_stream;after=3;ms=80", body=STREAM)
    assert stalled["streams"]["stalls"] == 2


@pytest.mark.parametrize(
    ("script", "body", "failure"),
    [
        ("cut_mid_body", BODY, "cut"), ("cut_mid_event", STREAM, "cut"),
        ("missing_done", STREAM, "broken_stream"), ("error_event", STREAM, "broken_stream"),
        ("reset_on_request", BODY, "reset"), ("status_503", BODY, "status"),
        ("not_http", BODY, "cut"), ("length_too_short", BODY, "not_http"),
        ("never_answers", BODY, "timeout"),
    ],
)  # fmt: skip
def test_failures_are_named(load, script, body, failure):
    result = load("-n", "1", "--timeout-ms", "300", script=script, body=body, expect=1)
    assert result["failures"] == {failure: 1}
    assert result["latency_us"]["count"] == 0


def test_only_loopback_and_always_an_end(tools):
    for arguments in (["192.0.2.1:80", "-n", "1"], ["127.0.0.1:80"], ["127.0.0.1", "-n", "1"]):
        answer = subprocess.run([str(tools / "loadgen"), *arguments], capture_output=True)
        assert answer.returncode == 64, arguments


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "name",
    ["chat_latency", "chat_throughput", "stream", "memory", "startup", "predict", "translate",
     "scale"],
)
def test_every_benchmark_runs(tools, tandem_binary, name):
    answer = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "run.py"), name, "--quick"],
        capture_output=True, text=True, timeout=110,
        env={**os.environ, "TANDEM_BENCH_TOOLS": str(tools), "TANDEM_BINARY": str(tandem_binary)},
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout + answer.stderr
    report = json.loads(answer.stdout.splitlines()[-1])
    assert report["benchmark"] == name and report["quick"] is True
    assert all(figure["value"] is not None for figure in report["figures"])
