"""Every script of tests/upstream against the real server: whatever a provider does, the client gets
an answer or a clear error soon, the ledger has one row for each attempt, budgets hold nothing
afterwards, and the server goes on."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from calls import chat, stream_chat, until
from upstream import FAULTS

# Scripts that need time or size to be what they are.
OPTIONS = {
    "slow_first_byte": "ms=300", "slow_headers": "ms=3", "slow_body": "ms=2",
    "endless_headers": "mb=100", "endless_body": "mb=100", "endless_event": "mb=100",
    "flood": "mb=20", "stall_mid_stream": "after=3", "split": "bytes=1",
    "drips": "ms=0", "gzip_bomb": "mb=16",
}  # fmt: skip


def scripted(name: str) -> str:
    return f"{name};{OPTIONS[name]}" if name in OPTIONS else name


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", sorted(FAULTS))
def test_whatever_a_provider_does(tandem, upstream, name, stream):
    """An upstream that stalls, cuts, floods, or lies about its length: each ends in a clear
    error."""
    made = tandem.make_key(budget={"nano_usd": 10**13, "period": "total"})
    upstream.queue(scripted(name))
    begin = time.monotonic()
    if stream:
        answer = stream_chat(tandem, key=made["key"])
        if answer.status == 200:
            assert answer.done != (answer.error is not None), answer.raw[-500:]
            assert not answer.cut
    else:
        answer = chat(tandem, key=made["key"])
        if answer.status == 200:
            assert answer.json()["object"] == "chat.completion"
    assert time.monotonic() - begin < 15
    if answer.status != 200:
        assert 400 <= answer.status <= 504
        body = answer.raw if stream else answer.body
        assert b'"error"' in body and b'"message"' in body
    request_id = answer.headers["x-request-id"]
    rows = tandem.ledger_rows(request_id)
    assert len(rows) == int(answer.headers.get("x-tandem-attempts", 1)), rows
    assert all(row["cost_nano_usd"] >= 0 for row in rows)
    if answer.status != 200:
        assert all(row["state"] in ("released", "estimated") for row in rows)

    def nothing_held():
        shown = [b for b in tandem.budgets() if made["id"] in (b["id"], b.get("scope_id"))]
        return shown[0]["reserved_nano_usd"] == 0

    until(nothing_held, 2, "nothing is reserved any more")
    assert chat(tandem, key=made["key"]).status == 200


@pytest.mark.timeout(200)
def test_all_of_it_at_once(tandem, upstream):
    """Broken calls do not harm the good ones that run beside them."""
    large = ("flood", "never_answers", "oversized_event", "gzip_bomb", "large_error")
    names = [name for name in sorted(FAULTS) if "endless" not in name and name not in large]

    def good(_):
        stream = stream_chat(tandem)
        return stream.done and stream.error is None

    for name in names:
        endpoint = {
            "kind": "chat", "retries": 0,
            "targets": [{"provider": "upstream", "model": f"fault:{scripted(name)}"}],
            "timeouts": {"first_byte_ms": 1000, "idle_ms": 1000, "total_ms": 5000},
        }  # fmt: skip
        tandem.api("PUT", f"/endpoints/bad-{name.replace('_', '-')}", endpoint)
    with ThreadPoolExecutor(64) as pool:
        broken = [
            pool.submit(stream_chat, tandem, model=f"bad-{name.replace('_', '-')}")
            for _ in range(4) for name in names
        ]  # fmt: skip
        healthy = [pool.submit(good, number) for number in range(200)]
        assert all(future.result() for future in healthy)
        for future in broken:
            future.result()
    for name in names:
        tandem.api("DELETE", f"/endpoints/bad-{name.replace('_', '-')}")
