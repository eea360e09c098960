"""What translation costs: one server and one provider (OpenAI's dialect), asked by OpenAI's
clients, whose bytes pass, and by Anthropic's, whose calls are translated both ways. The peer is
ourselves."""

from __future__ import annotations

import json
from contextlib import ExitStack

import processes
from harness import loadgen, peers
from harness.report import Report, median, print_table
from harness.settings import Settings, pin_throughput

GOAL_CALLS_RATIO = 1.25  # at least 80 % of the untranslated throughput
GOAL_EVENT_US = 20
CONNECTIONS = 32
STREAMS = 200
STREAM_MS = 64 * 20


def _messages_body(stream: bool) -> str:
    """The same words as chat_body() has."""
    body = json.loads(loadgen.chat_body(stream))
    system, user = body.pop("messages")
    body.pop("stream_options", None)
    return json.dumps(body | {"system": system["content"], "messages": [user]})


def _asks(stream: bool) -> dict[str, dict]:
    return {
        "passed": {"path": "/v1/chat/completions", "body": loadgen.chat_body(stream)},
        "translated": {"path": "/v1/messages", "body": _messages_body(stream)},
    }


def run(settings: Settings) -> Report:
    report = Report("translate", settings)
    pins = pin_throughput()
    rounds = settings.rounds_or(5)
    calls: dict[str, list[dict]] = {}
    events: dict[str, list[dict]] = {}
    if not settings.with_tandem:
        return report
    with ExitStack() as stack:
        direct = stack.enter_context(peers.Mock(settings, pins.upstream))
        tandem = stack.enter_context(
            peers.Tandem(settings, peers.governed_config(direct.address), pins.proxy)
        )
        whole = {"connections": CONNECTIONS, "count": settings.pick(20_000, 2_000)}
        streams = settings.pick(STREAMS, 50)
        streamed = {"connections": streams, "count": 2 * streams, "ramp_ms": STREAM_MS}
        for _ in range(rounds):
            for name, ask in _asks(False).items():
                calls.setdefault(name, []).append(_load(settings, pins, tandem, **ask, **whole))
            for name, ask in _asks(True).items():
                events.setdefault(name, []).append(_load(settings, pins, tandem, **ask, **streamed))
    rows = [["median of rounds", "calls/s", "CPU us/call", "CPU us/event"]]
    for name in calls:
        rows.append([
            name,
            f"{median(r['per_second'] for r in calls[name]):,.0f}",
            f"{median(r['cpu_us'] / r['answered'] for r in calls[name]):.1f}",
            f"{median(r['cpu_us'] / r['streams']['events'] for r in events[name]):.1f}",
        ])  # fmt: skip
    print_table(rows)
    print()
    pairs = list(zip(calls["passed"], calls["translated"]))
    ratio = median(passed["per_second"] / translated["per_second"] for passed, translated in pairs)
    report.add("calls/s, passed / translated", ratio, "x", GOAL_CALLS_RATIO)
    added = median(
        translated["cpu_us"] / translated["streams"]["events"]
        - passed["cpu_us"] / passed["streams"]["events"]
        for passed, translated in zip(events["passed"], events["translated"])
    )
    report.add("CPU added per event by translation", added, "us", GOAL_EVENT_US)
    report.details = {"rounds": rounds, "streams": STREAMS, "connections": CONNECTIONS}
    return report


def _load(settings: Settings, pins, peer, **load) -> dict:
    peers.settle(peer.pid)
    before = processes.cpu_seconds(peer.pid)
    result = loadgen.run(settings, peer.address, cpus=pins.client, key=peer.key, **load)
    loadgen.must_be_clean(result, peer.name)
    peers.settle(peer.pid)
    result["cpu_us"] = (processes.cpu_seconds(peer.pid) - before) * 1e6
    return result
