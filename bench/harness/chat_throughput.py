"""What a call costs: 32 connections, as fast as answers come, and the processor time that the
proxy's process tree used for them, deferred work (folding the journal, writing traces) included."""

from __future__ import annotations

from contextlib import ExitStack

import processes
from harness import loadgen, peers
from harness.report import Report, median, print_table
from harness.settings import Settings, pin_throughput

GOAL_RATIO = 2.5
CONNECTIONS = 32


def run(settings: Settings) -> Report:
    report = Report("chat_throughput", settings)
    pins = pin_throughput()
    rounds = settings.rounds_or(5)
    count = settings.pick(60_000, 4_000)
    measured: dict[str, list[dict]] = {}
    with ExitStack() as stack:
        direct = stack.enter_context(peers.Mock(settings, pins.upstream))
        contenders = [direct, stack.enter_context(peers.Nginx(direct.address, pins.proxy))]
        if settings.with_tandem:
            config = peers.governed_config(direct.address)
            contenders.append(stack.enter_context(peers.Tandem(settings, config, pins.proxy)))
        for peer in contenders:
            _load(settings, pins, peer, min(count, 5_000))  # connections, caches, statements
        for turn in range(rounds):
            shift = turn % len(contenders)
            for peer in contenders[shift:] + contenders[:shift]:
                measured.setdefault(peer.name, []).append(_load(settings, pins, peer, count))
    _show(measured)
    cpu = {name: median(r["cpu_us"] for r in results) for name, results in measured.items()}
    report.add("nginx CPU per call", cpu["nginx"], "us")
    report.add("tandem CPU per call", cpu.get("tandem"), "us")
    ratio = median(
        mine["cpu_us"] / theirs["cpu_us"]
        for mine, theirs in zip(measured.get("tandem", []), measured["nginx"])
    )
    report.add("CPU per call, tandem / nginx", ratio, "x", GOAL_RATIO)
    for name, results in measured.items():
        report.add(f"{name} calls/s", median(r["per_second"] for r in results), "1/s")
    report.details = {"rounds": rounds, "calls_per_round": count, "connections": CONNECTIONS}
    return report


def _load(settings: Settings, pins, peer, count: int) -> dict:
    peers.settle(peer.pid)
    before = processes.cpu_seconds(peer.pid)
    result = loadgen.run(
        settings, peer.address, cpus=pins.client, connections=CONNECTIONS, count=count, key=peer.key
    )
    loadgen.must_be_clean(result, peer.name)
    peers.settle(peer.pid)
    result["cpu_us"] = (processes.cpu_seconds(peer.pid) - before) * 1e6 / result["answered"]
    return result


def _show(measured: dict[str, list[dict]]) -> None:
    rows = [["median of rounds", "calls/s", "CPU us/call", "p50 us", "p99 us"]]
    for name, results in measured.items():
        rows.append([
            name,
            f"{median(r['per_second'] for r in results):,.0f}",
            f"{median(r['cpu_us'] for r in results):.1f}",
            f"{median(r['latency_us']['p50'] for r in results):,.0f}",
            f"{median(r['latency_us']['p99'] for r in results):,.0f}",
        ])  # fmt: skip
    print_table(rows)
    print("  (direct: the provider's own cost)\n")
