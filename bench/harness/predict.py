"""A predictive call through /v2 against the bare ONNX Runtime call of the same model and row: what
identity, admission, the HTTP round trip, tensors, ledger and trace add together."""

from __future__ import annotations

import json
import subprocess
from contextlib import ExitStack

import processes
from harness import loadgen, peers
from harness.report import Report, median, print_table
from harness.settings import ROOT, Settings, pin_latency

GOAL_P50_US = 80


def _prepare(settings: Settings):
    folder = settings.tools / "predict"
    if not (folder / "header_bytes").exists():
        python = settings.cache / "venv" / "bin" / "python3"
        script = ROOT / "bench" / "harness" / "tree_model.py"
        subprocess.run([str(python), str(script), str(folder)], check=True)
    return folder


def _raw(settings: Settings, folder, cpus, count: int) -> dict:
    process = processes.spawn(
        [
            settings.tool("raw_onnx"), "--model", str(folder / "model.onnx"),
            "--row", str(folder / "row.f32"), "--count", str(count),
            "--library", str(settings.cache / "onnxruntime" / "lib" / "libonnxruntime.so.1"),
        ],
        mark=processes.new_mark(), cpus=cpus, stdout=subprocess.PIPE,
    )  # fmt: skip
    out, _ = process.communicate(timeout=600)
    if process.returncode != 0:
        raise SystemExit("the bare ONNX Runtime call failed")
    return json.loads(out)


def _serve(tandem, folder) -> None:
    """Uploads the model and names it `score`."""
    answer = tandem.server.request(
        "POST", "/api/tandem/v1/models/upload?name=score.onnx",
        body=(folder / "model.onnx").read_bytes(),
        headers={"content-type": "application/octet-stream"},
    )  # fmt: skip
    if answer.status not in (200, 201):
        raise SystemExit(f"upload: {answer.status} {answer.body!r}")
    tandem.server.api(
        "PUT", "/endpoints/score", {"kind": "predict", "targets": [{"file": answer.json()["file"]}]}
    )


def run(settings: Settings) -> Report:
    report = Report("predict", settings)
    pins = pin_latency()
    folder = _prepare(settings)
    rounds = settings.rounds_or(11)
    count = settings.pick(3000, 300)
    raw, served = [], []
    with ExitStack() as stack:
        tandem = None
        if settings.with_tandem:
            config = peers.governed_config("127.0.0.1:9")
            tandem = stack.enter_context(peers.Tandem(settings, config, pins.proxy))
            _serve(tandem, folder)
        header = f"Inference-Header-Content-Length: {(folder / 'header_bytes').read_text()}"
        for turn in range(rounds):
            raw.append(_raw(settings, folder, pins.client, count))
            if tandem is not None:
                result = loadgen.run(
                    settings, tandem.address, cpus=pins.client, count=count,
                    warmup_count=500 if turn == 0 else 100, path="/v2/models/score/infer",
                    headers=[header, "Content-Type: application/octet-stream"],
                    body_file=str(folder / "body.bin"), key=tandem.key,
                )  # fmt: skip
                loadgen.must_be_clean(result, "tandem")
                served.append(result["latency_us"])
    rows = [["median of rounds, us", "p50", "p90", "p99"]]
    for name, results in (("bare call", raw), ("tandem /v2", served)):
        if results:
            quantiles = (median(r[q] for r in results) for q in ("p50", "p90", "p99"))
            rows.append([name, *(f"{value:.1f}" for value in quantiles)])
    print_table(rows)
    print()
    for quantile, goal in (("p50", GOAL_P50_US), ("p99", None)):
        added = median(s[quantile] - r[quantile] for s, r in zip(served, raw))
        report.add(f"added over the bare call, {quantile}", added, "us", goal)
    report.details = {"rounds": rounds, "calls_per_round": count}
    return report
