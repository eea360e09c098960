"""Runs one benchmark against its peers and prints a table and a last line of JSON. scripts/bench
builds what this needs and starts it."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from harness.settings import Settings, warn_if_busy  # noqa: E402
from tandem_process import find_binary  # noqa: E402

BENCHMARKS = ("chat_latency", "chat_throughput", "stream", "memory", "startup", "predict",
              "translate", "scale")


def parse() -> tuple[str, Settings]:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("name", choices=BENCHMARKS)
    parser.add_argument("--quick", action="store_true", help="a smoke test: seconds, not a result")
    parser.add_argument("--rounds", type=int, help="instead of the benchmark's own number")
    parser.add_argument(
        "--without-tandem", action="store_true", help="only the peers, to look at the method"
    )
    options = parser.parse_args()
    tandem = find_binary()
    if not options.without_tandem and not tandem.exists():
        parser.error(f"{tandem} does not exist: scripts/build release makes it")
    tools = os.environ.get("TANDEM_BENCH_TOOLS") or HERE.parent / "build" / "release" / "bench"
    cache = os.environ.get("TANDEM_CACHE") or Path.home() / ".cache" / "tandem"
    return options.name, Settings(
        quick=options.quick, rounds=options.rounds, with_tandem=not options.without_tandem,
        tools=Path(tools), tandem=tandem, cache=Path(cache),
    )  # fmt: skip


def main() -> None:
    name, settings = parse()
    load = warn_if_busy()
    report = importlib.import_module(f"harness.{name}").run(settings)
    report.load_before = load
    report.show()


if __name__ == "__main__":
    main()
