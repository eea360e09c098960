"""Streams: what Tandem adds until the first text, and whether one and two thousand streams at once
keep their rhythm of 64 deltas every 20 ms."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import processes
from harness import loadgen, peers
from harness.report import Report, median, print_table
from harness.settings import Settings, pin_latency

GOAL_ADDED_TTFT_P99_US = 200
GOAL_STALLS = 0
GOAL_MIB_AT_2000 = 350
STREAM_MS = 64 * 20


class RssWatch:
    """The highest resident memory of a process tree while it is watched."""

    def __init__(self, pid: int):
        self._pid = pid
        self._stop = threading.Event()
        self.peak_bytes = 0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self):
        while not self._stop.wait(0.1):
            self.peak_bytes = max(self.peak_bytes, processes.rss_bytes(self._pid))

    def __enter__(self):
        self.peak_bytes = processes.rss_bytes(self._pid)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


def contenders_for(settings: Settings, pins, stack: ExitStack, mock_options: list[str]) -> list:
    direct = stack.enter_context(peers.Mock(settings, pins.upstream, mock_options))
    nginx = peers.Nginx(direct.address, pins.proxy, streams=True, workers=2)
    contenders = [direct, stack.enter_context(nginx)]
    if settings.with_tandem:
        config = peers.governed_config(direct.address)
        contenders.append(stack.enter_context(peers.Tandem(settings, config, pins.proxy)))
    return contenders


def many_streams(settings: Settings, pins, peer, streams: int, per_connection: int) -> dict:
    """`streams` at once, started evenly over one stream's length, each followed by the next."""
    before = processes.cpu_seconds(peer.pid)
    with RssWatch(peer.pid) as watch:
        result = loadgen.run(
            settings, peer.address, cpus=pins.client, connections=streams,
            count=streams * per_connection, ramp_ms=STREAM_MS, body=loadgen.chat_body(stream=True),
            key=peer.key,
        )  # fmt: skip
    loadgen.must_be_clean(result, peer.name)
    result["rss_bytes"] = watch.peak_bytes
    result["cpu_seconds"] = processes.cpu_seconds(peer.pid) - before
    return result


def run(settings: Settings) -> Report:
    report = Report("stream", settings)
    pins = pin_latency()
    _first_text(settings, pins, report)
    for streams in (settings.pick(1000, 100), settings.pick(2000, 200)):
        _at_once(settings, pins, streams, report)
    return report


def _first_text(settings: Settings, pins, report: Report) -> None:
    """One short stream at a time: role and first delta at once, the last 2 ms later."""
    rounds = settings.rounds_or(9)
    count = settings.pick(600, 100)
    measured: dict[str, list[dict]] = {}
    with ExitStack() as stack:
        contenders = contenders_for(
            settings, pins, stack, ["--deltas", "3", "--interval-ms", "1"]
        )
        for turn in range(rounds):
            shift = turn % len(contenders)
            for peer in contenders[shift:] + contenders[:shift]:
                result = loadgen.run(
                    settings, peer.address, cpus=pins.client, count=count, warmup_count=50,
                    body=loadgen.chat_body(stream=True), key=peer.key,
                )  # fmt: skip
                loadgen.must_be_clean(result, peer.name)
                measured.setdefault(peer.name, []).append(result["streams"]["first_text_us"])
    rows = [["time to first text, us", "p50", "p90", "p99"]]
    for name, results in measured.items():
        quantiles = (median(r[q] for r in results) for q in ("p50", "p90", "p99"))
        rows.append([name, *(f"{value:.1f}" for value in quantiles)])
    print_table(rows)
    print()
    for peer in ("nginx", "tandem"):
        for quantile in ("p50", "p99"):
            added = median(
                theirs[quantile] - direct_round[quantile]
                for theirs, direct_round in zip(measured.get(peer, []), measured["direct"])
            )
            goal = GOAL_ADDED_TTFT_P99_US if (peer, quantile) == ("tandem", "p99") else None
            report.add(f"{peer} added TTFT {quantile}", added, "us", goal)


def _at_once(settings: Settings, pins, streams: int, report: Report) -> None:
    per_connection = settings.pick(4, 1)
    rows = [["streams at once", "streams", "stalls > 50 ms", "gap p99 ms", "gap max ms",
             "TTFT p99 ms", "CPU us/event", "RSS MiB"]]  # fmt: skip
    with ExitStack() as stack:
        for peer in contenders_for(settings, pins, stack, []):
            result = many_streams(settings, pins, peer, streams, per_connection)
            seen = result["streams"]
            rows.append([
                peer.name, f"{seen['completed']:,}", f"{seen['stalls']:,}",
                f"{seen['gap_us']['p99'] / 1000:.1f}", f"{seen['gap_us']['max'] / 1000:.1f}",
                f"{seen['first_text_us']['p99'] / 1000:.2f}",
                f"{result['cpu_seconds'] * 1e6 / seen['events']:.1f}",
                f"{result['rss_bytes'] / 2**20:.0f}",
            ])  # fmt: skip
            goal = GOAL_STALLS if peer.name == "tandem" else None
            label = f"{peer.name} stalls > 50 ms at {streams} streams"
            report.add(label, seen["stalls"], "", goal)
            if peer.name == "tandem":
                most = GOAL_MIB_AT_2000 if streams == 2000 else None
                label = f"tandem RSS at {streams} streams"
                report.add(label, result["rss_bytes"] / 2**20, "MiB", most)
        if not settings.with_tandem:
            report.add(f"tandem stalls > 50 ms at {streams} streams", None, "", GOAL_STALLS)
    print_table(rows)
    print()
