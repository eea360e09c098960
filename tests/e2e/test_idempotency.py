"""`/api/tandem/v1`: writes take `Idempotency-Key`, and audit events name what was made."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from configurations import chat_endpoint, configuration

API = "/api/tandem/v1"


@pytest.fixture
def tandem(start, upstream):
    return start(configuration(upstream))


def write(tandem, method, path, body, key="once", **more):
    headers = {"idempotency-key": key}
    return tandem.request(method, API + path, body=body, headers=headers, **more)


WRITES = [
    ("POST", "/keys", {"name": "ci", "budget": {"nano_usd": 10**9, "period": "day"}}),
    ("POST", "/projects", {"name": "billing"}),
    ("POST", "/endpoints", {"name": "draft", **chat_endpoint()}),
    ("PUT", "/endpoints/draft", chat_endpoint()),
    ("PUT", "/providers/second", {"kind": "openai", "base_url": "http://127.0.0.1:1/v1"}),
    ("PUT", "/prices/some-model", {"input": 1.5, "output": 2}),
    ("PUT", "/budgets/project/default", {"nano_usd": 10**12, "period": "day"}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=lambda value: str(value)[:40])
def test_a_repeated_write_gets_the_same_answer(tandem, method, path, body):
    first = write(tandem, method, path, body)
    if first.status == 409:
        pytest.skip("declared in the file")
    assert first.status in (200, 201), first.body
    assert "idempotent-replayed" not in first.headers
    again = write(tandem, method, path, body)
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    other = write(tandem, method, path, {**body, "kind": "chat", "name": "other"})
    assert other.status == 409
    assert other.error["param"] == "Idempotency-Key"
    events = [row for row in tandem.list_all("/audit") if row["outcome"] == "success"]
    assert len(events) == 1, events


def test_a_repeated_delete(tandem):
    key = tandem.make_key()["id"]
    assert write(tandem, "DELETE", f"/keys/{key}", None).status == 204
    assert write(tandem, "DELETE", f"/keys/{key}", None).status == 204
    assert tandem.request("DELETE", f"{API}/keys/{key}").status == 404


def test_answers_survive_a_crash_and_hold_no_key(tandem):
    """The text of a key is in no file of the data folder."""
    first = write(tandem, "POST", "/keys", {"name": "ci"}).json()
    tandem.api("POST", "/endpoints", {"name": "draft", **chat_endpoint()},
               headers={"idempotency-key": "draft"})  # fmt: skip
    tandem.process.send_signal(signal.SIGKILL)
    tandem.process.wait()
    tandem.restart()
    again = write(tandem, "POST", "/keys", {"name": "ci"})
    assert again.json()["key"] == first["key"]
    assert again.headers["idempotent-replayed"] == "true"
    endpoint = write(tandem, "POST", "/endpoints", {"name": "draft", **chat_endpoint()}, "draft")
    assert endpoint.status == 201
    assert endpoint.headers["idempotent-replayed"] == "true"
    names = {row["name"] for row in tandem.list_all("/keys")}
    assert names == {"ci"}
    for path in tandem.data_dir.rglob("*"):
        if path.is_file():
            assert first["key"].encode() not in path.read_bytes(), path


def test_many_at_once_make_one(tandem):
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(lambda _: write(tandem, "POST", "/keys", {"name": "ci"}), range(32))
        )
    made = [answer.json()["id"] for answer in answers if answer.status == 201]
    assert {answer.status for answer in answers} <= {201, 409}
    assert len(set(made)) == 1
    assert all(answer.headers["retry-after"] for answer in answers if answer.status == 409)
    assert len(tandem.list_all("/keys")) == 1


def test_every_write_says_that_it_takes_the_key(tandem):
    description = tandem.request("GET", "/openapi.json").json()
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            if not path.startswith(API) or method == "get" or path.endswith("/upload"):
                continue
            names = {parameter["name"] for parameter in operation.get("parameters", [])}
            assert "idempotency-key" in names, f"{method} {path}"


def test_audit_names_what_was_made(tandem):
    key = tandem.make_key()["id"]
    tandem.api("POST", "/endpoints", {"name": "draft", **chat_endpoint()})
    tandem.api("PUT", "/prices/m", {"input": 1})
    tandem.api("POST", "/models/upload?name=churn", b"bytes of a model")
    tandem.api("DELETE", f"/keys/{key}")
    assert tandem.request("POST", API + "/keys", body={"name": ""}).status == 400
    found = [(row["action"], row["resource"], row["outcome"]) for row in tandem.list_all("/audit")]
    assert found[::-1] == [
        ("keys.create", f"keys/{key}", "success"),
        ("endpoints.create", "endpoints/draft", "success"),
        ("prices.put", "prices/m", "success"),
        ("models.upload", "models/churn", "success"),
        ("keys.delete", f"keys/{key}", "success"),
        ("keys.create", "keys", "failure"),
    ]
    assert tandem.api("GET", f"/audit?resource=keys/{key}")["data"][0]["action"] == "keys.delete"
