"""Whether a call costs the same in a small company and in a large one: processor time per call with
10 keys, endpoints and budgets, and with 10,000 of each. Calls are spread over them."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import processes
from harness import loadgen, peers
from harness.report import Report, median, print_table
from harness.settings import Settings, pin_throughput

GOAL_RATIO = 1.1
SMALL = 10
CALLERS = 16  # of a round, one after the other, each with a key and an endpoint of its own
CONNECTIONS = 8


class Company(peers.Tandem):
    """Tandem with `size` endpoints, and as many keys with a budget each."""

    def __init__(self, settings: Settings, upstream: str, size: int, cpus):
        config = peers.governed_config(upstream)
        chat = config["endpoints"]["chat"]
        config["endpoints"] = {f"chat-{i}": chat for i in range(size)}
        super().__init__(settings, config, cpus)
        self.size = size

    def __enter__(self):
        super().__enter__()
        budget = {"nano_usd": 10**15, "period": "month"}
        limits = {"requests_per_minute": 10**9, "tokens_per_minute": 10**12}

        def make(i: int) -> str:
            return self.server.make_key(f"key-{i}", budget=budget, limits=limits)["key"]

        with ThreadPoolExecutor(4) as pool:
            self.keys = list(pool.map(make, range(self.size)))
        return self


def run(settings: Settings) -> Report:
    report = Report("scale", settings)
    pins = pin_throughput()
    large = settings.pick(10_000, 200)
    count = settings.pick(2_000, 100)
    measured: dict[int, list[float]] = {SMALL: [], large: []}
    if settings.with_tandem:
        with ExitStack() as stack:
            mock = stack.enter_context(peers.Mock(settings, pins.upstream))
            companies = [
                stack.enter_context(Company(settings, mock.address, size, pins.proxy))
                for size in (SMALL, large)
            ]
            for company in companies:
                _load(settings, pins, company, count)
            for turn in range(settings.rounds_or(7)):
                for company in companies[:: 1 if turn % 2 else -1]:
                    measured[company.size].append(_load(settings, pins, company, count))
            memory = {c.size: processes.rss_bytes(c.pid) / 2**20 for c in companies}
        rows = [["keys, endpoints, budgets", "CPU us/call", "RSS MiB"]]
        for size, results in measured.items():
            rows.append([f"{size:,}", f"{median(results):.1f}", f"{memory[size]:.0f}"])
        print_table(rows)
        print()
    ratio = median(b / a for a, b in zip(measured[SMALL], measured[large]))
    report.add(f"CPU per call, {large:,} / {SMALL}", ratio, "x", GOAL_RATIO)
    report.details = {"callers": CALLERS, "calls_per_caller": count, "connections": CONNECTIONS}
    return report


def _load(settings: Settings, pins, company: Company, count: int) -> float:
    """Microseconds of processor time a call."""
    pick = random.Random(company.size)
    peers.settle(company.pid)
    before, answered = processes.cpu_seconds(company.pid), 0
    for _ in range(CALLERS):
        body = json.loads(loadgen.chat_body())
        body["model"] = f"chat-{pick.randrange(company.size)}"
        result = loadgen.run(
            settings, company.address, cpus=pins.client, connections=CONNECTIONS, count=count,
            key=pick.choice(company.keys), body=json.dumps(body),
        )  # fmt: skip
        answered += loadgen.must_be_clean(result, company.name)["answered"]
    peers.settle(company.pid)
    return (processes.cpu_seconds(company.pid) - before) * 1e6 / answered
