"""From starting the process to its ready line, each time on an empty data folder."""

from __future__ import annotations

from harness import peers
from harness.report import Report, median
from harness.settings import Settings
from tandem_process import TandemProcess

GOAL_MS = 300


def run(settings: Settings) -> Report:
    report = Report("startup", settings)
    times = []
    if settings.with_tandem:
        for _ in range(settings.rounds_or(20, 3)):
            server = TandemProcess(
                peers.governed_config("127.0.0.1:9"), binary=settings.tandem,
                environment={"BENCH_PROVIDER_KEY": "sk-bench"},
            )  # fmt: skip
            with server:
                times.append(server.start_seconds * 1000)
    report.add("start to ready, median", median(times), "ms", GOAL_MS, strict=True)
    report.add("fastest", min(times) if times else None, "ms")
    report.add("slowest", max(times) if times else None, "ms")
    report.details = {"runs": len(times)}
    return report
