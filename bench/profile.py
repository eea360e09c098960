"""Counts the instructions that one call costs, by thread and function, with Valgrind's callgrind:
slow, but the same on a busy machine as on an idle one, so it shows what an improvement is worth.

    python3 bench/profile.py chat|stream [--calls N]      needs valgrind and scripts/build release

Instructions of the kernel are not in it; those of deferred work (ledger, traces) are."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from harness import loadgen, peers  # noqa: E402
from harness.settings import Settings  # noqa: E402
from tandem_process import find_binary  # noqa: E402

THREADS_SHOWN = 0.01  # of all instructions
FUNCTIONS_SHOWN = 40
HIDDEN = re.compile(r"boost::asio::detail|std::_Function|std::__|clone3|start_thread|PROGRAM")


def wrapper(folder: Path) -> Path:
    """A program that runs the server under callgrind. Valgrind cannot read clang's debug info, so
    it gets a copy of the binary that has only symbols."""
    bare = folder / "tandem"
    subprocess.run(["strip", "-g", "-o", str(bare), str(find_binary())], check=True)
    script = folder / "run"
    script.write_text(
        f'#!/bin/sh\nexec valgrind --tool=callgrind --callgrind-out-file={folder}/out '
        f'--instr-atstart=no --separate-threads=yes {bare} "$@"\n'
    )
    script.chmod(0o755)
    return script


def count(settings: Settings, kind: str, calls: int) -> None:
    stream = kind == "stream"
    options = ["--interval-ms", "5"] if stream else []
    with peers.Mock(settings, options=options) as mock:
        tandem = peers.Tandem(settings, peers.governed_config(mock.address))
        tandem._server.ready_timeout_s = 120
        with tandem:
            load = {"body": loadgen.chat_body(stream), "key": tandem.key, "timeout_ms": 60_000}
            loadgen.run(settings, tandem.address, count=max(calls // 4, 5), **load)
            switch(tandem.pid, "on")
            result = loadgen.run(settings, tandem.address, count=calls, **load)
            time.sleep(3)  # deferred work
            switch(tandem.pid, "off")
    loadgen.must_be_clean(result, "tandem")


def switch(pid: int, state: str) -> None:
    subprocess.run(["callgrind_control", "-i", state, str(pid)], check=True, capture_output=True)


def read(file: Path) -> list[tuple[int, str]]:
    """(instructions with callees, function), most first; the first line is the thread's total."""
    text = subprocess.run(
        ["callgrind_annotate", "--inclusive=yes", "--threshold=100", str(file)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    found = []
    for line in text.splitlines():
        match = re.match(r"\s*([\d,]+) \(\s*[\d.]+%\)\s+(.*)", line)
        if match:
            name = re.sub(r" \[[^]]*\]$", "", match[2]).removeprefix("???:")
            found.append((int(match[1].replace(",", "")), name))
    return found


def show(folder: Path, calls: int) -> None:
    threads = sorted(
        (rows for file in folder.glob("out-*") if (rows := read(file)) and rows[0][0] > 0),
        key=lambda rows: -rows[0][0],
    )
    total = sum(rows[0][0] for rows in threads)
    print(f"{total / calls:12,.0f} instructions a call, in all threads")
    for rows in threads:
        if rows[0][0] < THREADS_SHOWN * total:
            continue
        named = [row for row in rows if not HIDDEN.search(row[1])]
        print(f"\n{rows[0][0] / calls:12,.0f} in a thread, of which with callees:")
        for instructions, name in named[:FUNCTIONS_SHOWN]:
            print(f"{instructions / calls:12,.0f}  {name[:100]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("chat", "stream"))
    parser.add_argument("--calls", type=int, default=0)
    options = parser.parse_args()
    calls = options.calls or {"chat": 1000, "stream": 40}[options.kind]
    tools = os.environ.get("TANDEM_BENCH_TOOLS") or HERE.parent / "build" / "release" / "bench"
    with tempfile.TemporaryDirectory(prefix="tandem-profile-") as name:
        folder = Path(name)
        settings = Settings(False, None, True, Path(tools), wrapper(folder), folder)
        count(settings, options.kind, calls)
        show(folder, calls)


if __name__ == "__main__":
    main()
