"""Resident memory: an idle server without engines, and one that carries a thousand streams."""

from __future__ import annotations

from contextlib import ExitStack

import processes
from harness import peers
from harness.report import Report
from harness.settings import Settings, pin_latency
from harness.stream import many_streams

GOAL_IDLE_MIB = 60
GOAL_STREAMS_MIB = 250


def run(settings: Settings) -> Report:
    report = Report("memory", settings)
    pins = pin_latency()
    streams = settings.pick(1000, 100)
    idle = busy = after = None
    if settings.with_tandem:
        with ExitStack() as stack:
            mock = stack.enter_context(peers.Mock(settings, pins.upstream))
            config = peers.governed_config(mock.address)
            tandem = stack.enter_context(peers.Tandem(settings, config, pins.proxy))
            peers.settle(tandem.pid)
            idle = processes.rss_bytes(tandem.pid) / 2**20
            result = many_streams(settings, pins, tandem, streams, settings.pick(4, 1))
            busy = result["rss_bytes"] / 2**20
            peers.settle(tandem.pid, 5)
            after = processes.rss_bytes(tandem.pid) / 2**20
    report.add("idle, no engines", idle, "MiB", GOAL_IDLE_MIB, strict=True)
    report.add(f"peak at {streams} streams", busy, "MiB", GOAL_STREAMS_MIB, strict=True)
    report.add("idle again", after, "MiB")
    return report
