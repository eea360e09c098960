"""Added latency of one call at a time: a 1 KiB chat request, a 1 KiB answer, no delay upstream.

The peers take turns in rounds of some thousand calls; each round gives each peer's p50 and p99,
and what a proxy adds is its own minus direct's of the same round. Reported are the medians over
the rounds, so that a disturbed round does not count."""

from __future__ import annotations

from contextlib import ExitStack

from harness import loadgen, peers
from harness.report import Report, median, print_table
from harness.settings import Settings, pin_latency

GOAL_P50_US = 60
GOAL_P99_US = 150


def run(settings: Settings) -> Report:
    report = Report("chat_latency", settings)
    pins = pin_latency()
    rounds = settings.rounds_or(15)
    count = settings.pick(4000, 500)
    measured: dict[str, list[dict]] = {}
    with ExitStack() as stack:
        direct = stack.enter_context(peers.Mock(settings, pins.upstream))
        contenders = [direct, stack.enter_context(peers.Nginx(direct.address, pins.proxy))]
        if settings.with_tandem:
            config = peers.governed_config(direct.address)
            contenders.append(stack.enter_context(peers.Tandem(settings, config, pins.proxy)))
        for turn in range(rounds):
            # Everybody goes first equally often.
            shift = turn % len(contenders)
            for peer in contenders[shift:] + contenders[:shift]:
                result = loadgen.run(
                    settings, peer.address, cpus=pins.client, count=count,
                    warmup_count=500 if turn == 0 else 100, key=peer.key,
                )  # fmt: skip
                loadgen.must_be_clean(result, peer.name)
                measured.setdefault(peer.name, []).append(result["latency_us"])
    _show_rounds(measured)
    for peer in ("nginx", "tandem"):
        for quantile, goal in (("p50", GOAL_P50_US), ("p99", GOAL_P99_US)):
            added = median(
                theirs[quantile] - direct_round[quantile]
                for theirs, direct_round in zip(measured.get(peer, []), measured["direct"])
            )
            report.add(f"{peer} added {quantile}", added, "us", goal if peer == "tandem" else None)
    report.details = {
        "rounds": rounds, "calls_per_round": count,
        "median_us": {
            name: {q: median(r[q] for r in results) for q in ("p50", "p90", "p99", "p999")}
            for name, results in measured.items()
        },
    }  # fmt: skip
    return report


def _show_rounds(measured: dict[str, list[dict]]) -> None:
    rows = [["median of rounds, us", "p50", "p90", "p99", "p99.9"]]
    for name, results in measured.items():
        rows.append(
            [name, *(f"{median(r[q] for r in results):.1f}" for q in ("p50", "p90", "p99", "p999"))]
        )
    print_table(rows)
    print()
