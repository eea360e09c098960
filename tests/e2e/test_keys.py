"""Promises about keys."""

from __future__ import annotations

import base64
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from calls import chat, chat_body
from configurations import chat_endpoint, configuration


@pytest.fixture
def tandem(start, upstream):
    return start(configuration(upstream, {"draft": chat_endpoint()}))


def model_ids(tandem, key) -> set[str]:
    answer = tandem.request("GET", "/v1/models", key=key)
    assert answer.status == 200
    return {row["id"] for row in answer.json()["data"]}


def test_new_key(tandem):
    """A new key works on the next request; no `endpoints` means all of its project."""
    for _ in range(20):
        key = tandem.make_key()["key"]
        assert key.startswith("tk-")
        assert chat(tandem, key=key).status == 200
    assert model_ids(tandem, key) == {"chat", "draft", "embed"}


def test_admin_key(tandem, upstream):
    """The admin key may manage everything and call every endpoint."""
    assert chat(tandem).status == 200
    assert chat(tandem, model="draft").status == 200
    embedding = tandem.request("POST", "/v1/embeddings", body={"model": "embed", "input": "x"})
    assert embedding.status == 200
    for path in ("/keys", "/endpoints", "/providers", "/budgets", "/ledger", "/audit", "/traces"):
        assert "data" in tandem.api("GET", path), path


def test_endpoint_outside_the_scope(tandem, upstream):
    """An endpoint outside the key's scope is 403 `endpoint_not_allowed`."""
    key = tandem.make_key(endpoints=["draft"])["key"]
    refused = chat(tandem, key=key)
    assert refused.status == 403
    assert refused.error["code"] == "endpoint_not_allowed"
    assert upstream.requests == []
    assert chat(tandem, key=key, model="draft").status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "x"}]}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "x"}], "stream": True}),
        ("/v1/completions", {"prompt": "x"}),
        ("/v1/embeddings", {"input": "x"}),
    ],
)
def test_unknown_model(tandem, upstream, path, body):
    """An unknown model is 404 `model_not_found` on every surface and lists what the key may use."""
    key = tandem.make_key(endpoints=["draft"])["key"]
    answer = tandem.request("POST", path, body={**body, "model": "gpt-99"}, key=key)
    assert answer.status == 404
    assert answer.error["code"] == "model_not_found"
    assert "gpt-99" in answer.error["message"] and "draft" in answer.error["message"]
    assert "chat" not in answer.error["message"].replace("chat/completions", "")
    assert upstream.requests == []


def test_models_shows_only_those(tandem):
    """`GET /v1/models` and `/v1/models/{id}` show only those."""
    key = tandem.make_key(endpoints=["draft"])["key"]
    assert model_ids(tandem, key) == {"draft"}
    row = tandem.request("GET", "/v1/models/draft", key=key).json()
    assert row["id"] == "draft" and row["object"] == "model" and isinstance(row["created"], int)
    hidden = tandem.request("GET", "/v1/models/chat", key=key)
    assert hidden.status in (403, 404)
    assert hidden.error["code"] in ("model_not_found", "endpoint_not_allowed")
    assert model_ids(tandem, None) == {"chat", "draft", "embed"}


def test_the_ways_to_send_a_key(tandem):
    """`Authorization: Bearer tk-…`; also `x-api-key` (Anthropic), `api-key` (Azure), HTTP Basic
    with the key as the password (MLflow, Langfuse). One key works on every surface."""
    key = tandem.make_key()["key"]
    basic = base64.b64encode(f"anybody:{key}".encode()).decode()
    for header in (
        {"authorization": f"Bearer {key}"},
        {"authorization": f"bearer {key}"},
        {"x-api-key": key},
        {"api-key": key},
        {"authorization": f"Basic {basic}"},
    ):
        assert chat(tandem, key="", headers=header).status == 200, header


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"authorization": "Bearer"},
        {"authorization": "Bearer tk-nobody"},
        {"authorization": "Basic !!!"},
        {"x-api-key": "tk-" + "a" * 5000},
    ],
)
def test_no_good_key(tandem, upstream, header):
    """Public by default are `/health`, `/ready`, `/version`, `/metrics` and the UI; nothing else
    is."""
    answer = chat(tandem, key="", headers=header)
    assert answer.status == 401
    assert answer.error["code"] == "invalid_api_key"
    assert upstream.requests == []
    assert tandem.request("GET", "/api/tandem/v1/keys", key="", headers=header).status == 401


def test_public_paths(tandem):
    """`/health` (alive; body `OK`), `/ready` (able to serve), `/version`, `/metrics` and the UI's
    static files are public by default."""
    assert tandem.request("GET", "/health", key="").body.strip() == b"OK"
    for path in ("/ready", "/version", "/metrics"):
        assert tandem.request("GET", path, key="").status == 200, path


def test_users_do_not_manage(tandem):
    """A key of the role `user` calls; it does not manage."""
    key = tandem.make_key(role="user")["key"]
    for method, path, body in (
        ("POST", "/keys", {"name": "x"}),
        ("PUT", "/endpoints/evil", chat_endpoint()),
        ("DELETE", "/endpoints/chat", None),
        ("GET", "/audit", None),
    ):
        answer = tandem.request(method, f"/api/tandem/v1{path}", body=body, key=key)
        assert answer.status == 403, (method, path)
        assert answer.error["code"] == "permission_denied"


def test_revocation(tandem):
    """`DELETE /keys/{id}` revokes within a second, whatever connection the key is used on."""
    made = tandem.make_key()
    with ThreadPoolExecutor(16) as pool:
        before = pool.map(lambda _: chat(tandem, key=made["key"]).status, range(32))
        assert set(before) == {200}
        tandem.api("DELETE", f"/keys/{made['id']}")
        time.sleep(1.0)
        after = pool.map(lambda _: chat(tandem, key=made["key"]).status, range(64))
        assert set(after) == {401}


def test_expiry(tandem):
    """A key with `expires_at` in the past is no key."""
    past = tandem.make_key(expires_at="2020-01-01T00:00:00Z")["key"]
    assert chat(tandem, key=past).status == 401
    later = tandem.make_key(expires_at="2099-01-01T00:00:00.000000Z")["key"]
    assert chat(tandem, key=later).status == 200


def test_the_key_is_shown_once_and_survives_a_restart(tandem):
    """The key is shown this once; only a hash of it is kept."""
    made = tandem.make_key("finance")
    seen = tandem.api("GET", f"/keys/{made['id']}")
    assert seen["name"] == "finance" and made["key"] not in str(seen)
    assert made["key"] not in str(tandem.api("GET", "/keys"))
    tandem.stop()
    tandem.restart()
    assert chat(tandem, key=made["key"]).status == 200
    for file in tandem.data_dir.rglob("*"):
        if file.is_file():
            assert made["key"].encode() not in file.read_bytes(), file


def test_wrong_requests_name_what_is_wrong(tandem, key, upstream):
    """Wrong JSON names the byte and the field."""
    path = "/v1/chat/completions"
    broken = tandem.request("POST", path, body=b'{"model":"chat","messages":[}', key=key)
    assert broken.status == 400
    # The brace is byte 28 where the first is 0.
    assert any(place in broken.error["message"] for place in ("28", "29"))
    missing = tandem.request("POST", path, body={"model": "chat"}, key=key)
    assert missing.status == 400 and missing.error["param"] == "messages"
    typed = tandem.request("POST", path, body=chat_body(stream="yes"), key=key)
    assert typed.status == 400 and typed.error["param"] == "stream"
    assert tandem.request("POST", path, body=b"", key=key).status == 400
    assert tandem.request("GET", path, key=key).status == 405
    assert tandem.request("POST", "/v1/nothing", body={}, key=key).status == 404
    assert upstream.requests == []
