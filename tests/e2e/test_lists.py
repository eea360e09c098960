"""Lists of `/api/tandem/v1` take `limit` (default 50, at most 1000), `cursor`, `filter`, `order`
and answer `{"data":[…],"next_cursor":…}`."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from calls import chat
from configurations import chat_endpoint, configuration, provider

API = "/api/tandem/v1"


@pytest.fixture
def tandem(start, upstream):
    config = configuration(upstream)
    config["providers"]["spare"] = provider(upstream)
    tandem = start(config)
    for name in ("ant", "bee", "cow"):
        tandem.make_key(name)
        tandem.api("POST", "/endpoints", {"name": name, **chat_endpoint()})
        tandem.api("POST", f"/models/upload?name={name}", name.encode())
        assert chat(tandem, model=name).status == 200
    return tandem


LISTS = ["keys", "endpoints", "providers", "models", "traces", "audit", "ledger", "budgets",
         "projects"]  # fmt: skip


@pytest.mark.parametrize("noun", LISTS)
def test_pages_of_one_make_the_whole(tandem, noun):
    whole = tandem.api("GET", f"/{noun}")
    assert whole["next_cursor"] is None
    rows, cursor = [], ""
    while cursor is not None:
        page = tandem.api("GET", f"/{noun}?limit=1&cursor={quote(cursor)}")
        assert len(page["data"]) <= 1
        rows += page["data"]
        cursor = page["next_cursor"]
    assert rows == whole["data"]


@pytest.mark.parametrize("noun", LISTS)
@pytest.mark.parametrize("limit", ["0", "1001", "-1", "ten", "1x"])
def test_wrong_limits(tandem, noun, limit):
    refused = tandem.request("GET", f"{API}/{noun}?limit={limit}")
    assert refused.status == 400
    assert refused.error["param"] == "limit"


def names(tandem, path):
    return [row["name"] for row in tandem.api("GET", path)["data"]]


def test_orders_and_filters_of_endpoints(tandem):
    assert names(tandem, "/endpoints") == ["ant", "bee", "chat", "cow", "embed"]
    assert names(tandem, "/endpoints?order=-name&limit=2") == ["embed", "cow"]
    embedding = quote('kind = "embedding"')
    assert names(tandem, f"/endpoints?filter={embedding}") == ["embed"]
    made = quote('declared_by = "api" and kind = "chat"')
    assert names(tandem, f"/endpoints?filter={made}") == ["ant", "bee", "cow"]
    for wrong in ("order=age", "filter=" + quote('age = "3"')):
        assert tandem.request("GET", f"{API}/endpoints?{wrong}").status == 400
