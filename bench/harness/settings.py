"""Where the tools are, which processor runs what, and how long a run is."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Pinning:
    """Processors (None: any) for the load generator, the mock provider and the proxy."""

    client: set[int] | None
    upstream: set[int] | None
    proxy: set[int] | None


def available() -> list[int]:
    return sorted(os.sched_getaffinity(0))


def pin_latency() -> Pinning:
    """One call at a time is serial work: whoever is on the same processor hands over without
    waking another one. Client and mock share one; the proxy may go where it likes, as users run
    it, and its background threads find the other processors free."""
    cpus = available()
    if len(cpus) < 2:
        return Pinning(None, None, None)
    return Pinning({cpus[0]}, {cpus[0]}, None)


def pin_throughput() -> Pinning:
    """The proxy gets exactly one processor, so that calls/s means calls/s of one core; the client
    and the mock, which are much cheaper, share another, or have two where there are four."""
    cpus = available()
    if len(cpus) < 2:
        return Pinning(None, None, None)
    if len(cpus) < 4:
        return Pinning({cpus[0]}, {cpus[0]}, {cpus[1]})
    return Pinning({cpus[0]}, {cpus[1]}, {cpus[2]})


@dataclass(frozen=True)
class Settings:
    quick: bool
    rounds: int | None
    with_tandem: bool
    tools: Path
    tandem: Path
    cache: Path

    def tool(self, name: str) -> str:
        path = self.tools / name
        if not path.exists():
            raise SystemExit(f"{path} is missing: run this through scripts/bench, which builds it")
        return str(path)

    def pick(self, whole: int, quick: int) -> int:
        return quick if self.quick else whole

    def rounds_or(self, whole: int, quick: int = 2) -> int:
        return self.rounds or self.pick(whole, quick)


def machine() -> dict:
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {"cpu": model, "cores": len(available()), "kernel": platform.release()}


def warn_if_busy() -> float:
    """The load of the last minute; more than a fifth of the machine spoils tail latencies."""
    load = os.getloadavg()[0]
    if load > 0.2 * len(available()):
        print(f"  The machine is busy (load {load:.1f}): do not trust tails and calls/s.\n")
    return load


def commit() -> str:
    try:
        answer = subprocess.run(
            ["git", "-C", str(ROOT), "describe", "--always", "--dirty"],
            capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
        return answer.stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"
