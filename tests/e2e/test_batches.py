"""Batches: progress, prices, priority, restarts, and the files that come out."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter

import openai
import pytest
from calls import chat_body, until
from configurations import configuration, cost_nano_usd

CHAT = "/v1/chat/completions"
ONE_LINE = cost_nano_usd(20, 9)


def line(number: int, text: str = "hi", model: str = "chat", **fields) -> dict:
    return {"custom_id": f"line-{number}", "method": "POST", "url": CHAT, "body": {
        "model": model, "max_tokens": 20,
        "messages": [{"role": "user", "content": text}], **fields}}  # fmt: skip


def jsonl(lines: list[dict]) -> bytes:
    return "".join(json.dumps(entry) + "\n" for entry in lines).encode()


def client_of(tandem, key=None):
    return openai.OpenAI(base_url=f"{tandem.url}/v1", api_key=key or tandem.admin_key,
                         max_retries=0)  # fmt: skip


def submit(client, lines, **fields):
    data = lines if isinstance(lines, bytes) else jsonl(lines)
    file = client.files.create(file=("in.jsonl", data), purpose="batch")
    wanted = {"endpoint": CHAT, "completion_window": "24h", **fields}
    return client.batches.create(input_file_id=file.id, **wanted)


def ended(client, batch, timeout_s: float = 30.0):
    def probe():
        now = client.batches.retrieve(batch.id)
        return now if now.status in ("completed", "failed", "expired", "cancelled") else None

    return until(probe, timeout_s, f"the end of {batch.id}")


def read_lines(client, file_id: str | None) -> dict[str, dict]:
    if file_id is None:
        return {}
    text = client.files.content(file_id).read().decode()
    rows = [json.loads(row) for row in text.splitlines()]
    assert len({row["custom_id"] for row in rows}) == len(rows)
    return {row["custom_id"]: row for row in rows}


def ledger_of(tandem, key_id: str, count: int) -> list[dict]:
    def probe():
        rows = tandem.ledger(key_id=key_id)
        return rows if len(rows) >= count else None

    return until(probe, 5, f"{count} ledger rows")


def test_a_batch_is_answered_line_by_line(tandem, upstream):
    key = tandem.make_key()
    with client_of(tandem, key["key"]) as client:
        batch = submit(client, [line(n, f"text {n}") for n in range(20)], metadata={"job": "1"})
        assert batch.status == "validating"
        assert batch.metadata == {"job": "1"}
        assert batch.expires_at == batch.created_at + 86_400
        done = ended(client, batch)
        assert done.status == "completed"
        assert done.error_file_id is None
        assert done.request_counts.model_dump() == {"total": 20, "completed": 20, "failed": 0}
        assert done.created_at <= done.in_progress_at <= done.finalizing_at <= done.completed_at
        answers = read_lines(client, done.output_file_id)
        output = client.files.retrieve(done.output_file_id)
        assert output.purpose == "batch_output"
        assert [found.id for found in client.batches.list()] == [batch.id]
    assert set(answers) == {f"line-{n}" for n in range(20)}
    for answer in answers.values():
        assert answer["error"] is None
        assert answer["response"]["status_code"] == 200
        assert answer["response"]["body"]["usage"]["completion_tokens"] == 9
        assert answer["response"]["body"]["model"] == "chat"
    rows = ledger_of(tandem, key["id"], 20)
    assert len(rows) == 20
    assert {row["request_id"] for row in rows} == {
        answer["response"]["request_id"] for answer in answers.values()
    }
    assert sum(row["cost_nano_usd"] for row in rows) == 20 * ONE_LINE
    sent = [request.json["messages"][0]["content"] for request in upstream.requests]
    assert sorted(sent) == sorted(f"text {n}" for n in range(20))
    traces = tandem.list_all("/traces", filter=f'session_id = "{batch.id}"')
    assert len(traces) == 20


def test_embeddings_and_completions_too(tandem):
    with client_of(tandem) as client:
        rows = [{"custom_id": "e", "method": "POST", "url": "/v1/embeddings",
                 "body": {"model": "embed", "input": ["a", "b"]}}]  # fmt: skip
        done = ended(client, submit(client, rows, endpoint="/v1/embeddings"))
        answer = read_lines(client, done.output_file_id)["e"]
        assert len(answer["response"]["body"]["data"]) == 2
        rows = [{"custom_id": "c", "method": "POST", "url": "/v1/completions",
                 "body": {"model": "chat", "prompt": "a"}}]  # fmt: skip
        done = ended(client, submit(client, rows, endpoint="/v1/completions"))
        assert done.request_counts.completed == 1


def test_lines_that_fail_are_in_the_error_file(tandem):
    with client_of(tandem) as client:
        batch = submit(client, [line(1), line(2, model="nobody"),
                                line(3, model="embed"), line(4)])  # fmt: skip
        done = ended(client, batch)
        assert done.status == "completed"
        assert done.request_counts.model_dump() == {"total": 4, "completed": 2, "failed": 2}
        assert set(read_lines(client, done.output_file_id)) == {"line-1", "line-4"}
        errors = read_lines(client, done.error_file_id)
    assert errors["line-2"]["response"]["status_code"] == 404
    assert errors["line-2"]["response"]["body"]["error"]["code"] == "model_not_found"
    assert errors["line-3"]["response"]["status_code"] == 400


def test_a_provider_that_is_busy_is_asked_again(tandem, upstream):
    upstream.queue("status_429;retry_after=1", "status_500")
    with client_of(tandem) as client:
        done = ended(client, submit(client, [line(1)]))
        assert done.request_counts.completed == 1
        answer = read_lines(client, done.output_file_id)["line-1"]
    rows = tandem.ledger_rows(answer["response"]["request_id"], 3)
    assert [(row["attempt"], row["state"], row["cost_nano_usd"]) for row in reversed(rows)] == [
        (1, "released", 0), (2, "released", 0), (3, "settled", ONE_LINE),
    ]  # fmt: skip


def test_bad_input_fails_with_line_numbers(tandem, upstream):
    rows = jsonl([line(1)]) + b"{\n\n" + jsonl([line(1), line(2, stream=True)])
    with client_of(tandem) as client:
        failed = ended(client, submit(client, rows))
        assert failed.status == "failed"
        assert failed.failed_at is not None
        found = [(error.line, error.code, error.param) for error in failed.errors.data]
    assert found == [
        (2, "invalid_json_line", None), (3, "duplicate_custom_id", "custom_id"),
        (4, "invalid_value", "body.stream"),
    ]  # fmt: skip
    assert upstream.requests == []


def test_what_cannot_be_a_batch_is_refused_at_once(tandem):
    with client_of(tandem) as client:
        file = client.files.create(file=("in.jsonl", jsonl([line(1)])), purpose="user_data")
        for fields, param in [
            ({"input_file_id": file.id}, "input_file_id"),
            ({"input_file_id": "file-none"}, "input_file_id"),
            ({"endpoint": "/v1/models"}, "endpoint"),
            ({"completion_window": "1h"}, "completion_window"),
        ]:
            wanted = {"input_file_id": file.id, "endpoint": CHAT, "completion_window": "24h"}
            with pytest.raises(openai.APIStatusError) as refused:
                client.batches.create(**{**wanted, **fields})
            assert refused.value.param == param


def test_a_batch_is_cancelled(start, upstream):
    upstream.default = upstream.default.parse("normal;delay_ms=100")
    tandem = start({**configuration(upstream), "batches": {"concurrency": 2}})
    with client_of(tandem) as client:
        batch = submit(client, [line(n) for n in range(200)])
        until(lambda: client.batches.retrieve(batch.id).request_counts.completed >= 2)
        with pytest.raises(openai.BadRequestError):  # its input is being read
            client.files.delete(batch.input_file_id)
        assert client.batches.cancel(batch.id).status == "cancelling"
        done = ended(client, batch)
        assert done.status == "cancelled"
        answers = read_lines(client, done.output_file_id)
        assert 2 <= len(answers) == done.request_counts.completed < 200
        with pytest.raises(openai.BadRequestError):
            client.batches.cancel(batch.id)
        client.files.delete(batch.input_file_id)


def test_a_batch_expires(start, upstream):
    upstream.default = upstream.default.parse("normal;delay_ms=200")
    tandem = start({**configuration(upstream), "batches": {"concurrency": 1, "window_s": 1}})
    with client_of(tandem) as client:
        done = ended(client, submit(client, [line(n) for n in range(50)]))
        assert done.status == "expired"
        answers = read_lines(client, done.output_file_id)
        errors = read_lines(client, done.error_file_id)
    assert 1 <= len(answers) < 50
    assert len(answers) + len(errors) == 50
    for row in errors.values():
        assert row["response"] is None
        assert row["error"]["code"] == "batch_expired"


def test_live_calls_go_first(start, upstream):
    """While live calls are under way, no more lines are than are left over."""
    upstream.default = upstream.default.parse("normal;delay_ms=50")
    tandem = start({**configuration(upstream), "batches": {"concurrency": 4, "least": 0}})
    upstream.queue(*["normal;delay_ms=1500"] * 4)
    threads = [
        threading.Thread(target=tandem.request, args=("POST", CHAT),
                         kwargs={"body": chat_body("live")})
        for _ in range(4)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    upstream.wait_for_requests(4)
    with client_of(tandem) as client:
        batch = submit(client, [line(n, "batch") for n in range(10)])
        until(lambda: client.batches.retrieve(batch.id).status == "in_progress")
        for thread in threads:
            thread.join()
        done = ended(client, batch)
        assert done.request_counts.completed == 10
    live = [r for r in upstream.requests if r.json["messages"][0]["content"] != "batch"]
    lines = [r for r in upstream.requests if r.json["messages"][0]["content"] == "batch"]
    assert min(r.received_at for r in lines) >= min(r.finished_at for r in live)
    # … and there were never more than four at once.
    moments = sorted([(r.received_at, 1) for r in lines] + [(r.finished_at, -1) for r in lines])
    most = running = 0
    for _, change in moments:
        running += change
        most = max(most, running)
    assert most <= 4


def test_lines_go_out_in_the_name_of_the_key(start, upstream):
    """Its budget and its end are those of its batches, too."""
    upstream.default = upstream.default.parse("normal;delay_ms=20")
    tandem = start({**configuration(upstream), "batches": {"concurrency": 1}})
    made = tandem.make_key(budget={"nano_usd": 5 * 60_000, "period": "total"})
    with client_of(tandem, made["key"]) as client:
        done = ended(client, submit(client, [line(n) for n in range(12)]))
        errors = read_lines(client, done.error_file_id)
    assert done.request_counts.completed >= 1
    assert done.request_counts.failed >= 1
    codes = {row["response"]["body"]["error"]["code"] for row in errors.values()}
    assert codes == {"budget_exceeded"}
    rows = tandem.ledger(key_id=made["id"])
    assert sum(row["cost_nano_usd"] for row in rows) <= 5 * 60_000

    gone = tandem.make_key()
    with client_of(tandem, gone["key"]) as client:
        batch = submit(client, [line(n) for n in range(200)])
        until(lambda: client.batches.retrieve(batch.id).request_counts.completed >= 1)
    tandem.api("DELETE", f"/keys/{gone['id']}")
    with client_of(tandem) as client:
        done = ended(client, batch)
        errors = read_lines(client, done.error_file_id)
    assert {row["response"]["status_code"] for row in errors.values()} == {401}


def test_the_guard_reads_lines(tandem, upstream):
    with client_of(tandem) as client:
        ended(client, submit(client, [line(1, "my key is AKIAQ3EGRIAJ5XZWBN7T")]))
    sent = upstream.requests[0].json["messages"][0]["content"]
    assert "AKIAQ3EGRIAJ5XZWBN7T" not in sent


LINES = 300


@pytest.mark.timeout(120)
def test_kill_9_in_the_middle(start, upstream):
    """`kill -9` three times: every line is answered, and paid exactly once."""
    upstream.default = upstream.default.parse("normal;delay_ms=20")
    tandem = start({**configuration(upstream), "batches": {"concurrency": 8}})
    made = tandem.make_key()
    with client_of(tandem, made["key"]) as client:
        batch = submit(client, [line(n, f"text {n}") for n in range(LINES)])
    seen = 0
    for _ in range(3):
        seen += 60
        upstream.wait_until(lambda up, count=seen: len(up.requests) >= count, 20)
        tandem.kill()
        tandem.restart()
    with client_of(tandem, made["key"]) as client:
        done = ended(client, batch, 60)
        assert done.status == "completed"
        assert done.request_counts.model_dump() == {
            "total": LINES, "completed": LINES, "failed": 0,
        }  # fmt: skip
        answers = read_lines(client, done.output_file_id)
    assert set(answers) == {f"line-{n}" for n in range(LINES)}

    deadline = time.monotonic() + 5
    while True:
        rows = tandem.ledger(key_id=made["id"])
        lines = {row["request_id"] for row in rows if row["cost_nano_usd"] > 0}
        if len(lines) == LINES or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    assert len({(row["request_id"], row["attempt"]) for row in rows}) == len(rows)
    paid = [row for row in rows if row["cost_nano_usd"] > 0]
    # One paid row a line, under the request id that its answer shows.
    assert Counter(row["request_id"] for row in paid) == Counter(
        answer["response"]["request_id"] for answer in answers.values()
    )
    # What was under way at a kill stands at its estimate; all others at what was reported.
    estimated = [row for row in paid if row["state"] == "estimated"]
    assert len(estimated) <= 3 * 8
    assert all(row["cost_nano_usd"] == ONE_LINE for row in paid if row["state"] == "settled")
    # The calls that answered those anew cost nothing; one may have been cut short by the next kill.
    assert all(row["state"] != "settled" for row in rows if row["cost_nano_usd"] == 0)
    free = {row["request_id"] for row in rows if row["cost_nano_usd"] == 0}
    assert {row["request_id"] for row in estimated} <= free
    asked = Counter(r.json["messages"][0]["content"] for r in upstream.requests)
    assert set(asked) == {f"text {n}" for n in range(LINES)}
    assert sum(asked.values()) <= LINES + 3 * 8  # only what was under way was asked for again


def test_a_clean_restart_asks_for_nothing_twice(start, upstream):
    upstream.default = upstream.default.parse("normal;delay_ms=50")
    tandem = start({**configuration(upstream), "batches": {"concurrency": 4}})
    made = tandem.make_key()
    with client_of(tandem, made["key"]) as client:
        batch = submit(client, [line(n, f"text {n}") for n in range(60)])
        upstream.wait_for_requests(10)
    assert tandem.stop() == 0
    tandem.restart()
    with client_of(tandem, made["key"]) as client:
        assert ended(client, batch).request_counts.completed == 60
    asked = Counter(r.json["messages"][0]["content"] for r in upstream.requests)
    assert set(asked.values()) == {1}
    rows = ledger_of(tandem, made["id"], 60)
    assert sum(row["cost_nano_usd"] for row in rows) == 60 * ONE_LINE
