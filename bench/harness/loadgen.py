"""Runs the load generator once and returns what it measured."""

from __future__ import annotations

import json
import subprocess

import processes

# About 1 KiB with the rest of the request: what a support desk sends to a chat model.
_SYSTEM = (
    "You are the support desk of a router manufacturer. Answer in at most four sentences, in the "
    "language of the customer, and never promise a date. If the ticket names a device, repeat its "
    "model in the first sentence. If you do not know, say so and hand over to a colleague."
)
_TICKET = (
    "Hello, since the update of last Tuesday my router of the type R-200 restarts every night at "
    "about three. The log shows that the clock is set back before it happens, and afterwards the "
    "parental control blocks everything until noon. I have already reset it twice, changed the "
    "power supply and moved it to the hallway, and my neighbour with the same model has no such "
    "trouble. Before I buy another one I would like to know whether a newer version fixes it and "
    "whether I can go back to the one before. I have had the device for two years. Kind regards."
)


def chat_body(stream: bool = False) -> str:
    body = {
        "model": "chat",
        "messages": [
            {"role": "system", "content": _SYSTEM},
            {"role": "user", "content": _TICKET},
        ],
        "max_tokens": 256,
        "temperature": 0.2,
    }
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return json.dumps(body)


def run(
    settings, address: str, *, cpus=None, connections: int = 1, threads: int = 1,
    count: int = 0, duration_s: float = 0, warmup_count: int = 0, rate: float = 0,
    ramp_ms: float = 0, body: str | None = None, body_file: str | None = None,
    path: str = "/v1/chat/completions", headers: list[str] = (), key: str | None = None,
    timeout_ms: float = 30_000,
) -> dict:  # fmt: skip
    command = [
        settings.tool("loadgen"), address, "--path", path,
        "--connections", str(connections), "--threads", str(threads),
        "--warmup-count", str(warmup_count), "--timeout-ms", str(timeout_ms),
    ]  # fmt: skip
    if count:
        command += ["--count", str(count)]
    if duration_s:
        command += ["--duration", str(duration_s)]
    if rate:
        command += ["--rate", str(rate)]
    if ramp_ms:
        command += ["--ramp-ms", str(ramp_ms)]
    if body_file:
        command += ["--body-file", body_file]
    else:
        command += ["--body", body if body is not None else chat_body()]
    for header in [*headers, f"Authorization: Bearer {key or 'sk-nobody'}"]:
        command += ["--header", header]
    mark = processes.new_mark()
    process = processes.spawn(
        command, mark=mark, cpus=cpus, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = process.communicate(timeout=1000)
    if not out.strip():
        raise SystemExit(f"the load generator failed ({process.returncode}): {err.decode()}")
    return json.loads(out)


def must_be_clean(result: dict, who: str) -> dict:
    """A benchmark of failing calls measures nothing."""
    if result["errors"] or result["unsent"]:
        raise SystemExit(
            f"{who}: {result['errors']} of {result['answered']} calls failed: "
            f"{result['failures']} {result['statuses']}"
        )
    return result
