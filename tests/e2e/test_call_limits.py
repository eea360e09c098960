"""Limits of requests, tokens and cost, for every scope and window; exact, and named by headers."""

from __future__ import annotations

import concurrent.futures

import pytest
from calls import chat
from configurations import configuration, cost_nano_usd

ONE_CALL = cost_nano_usd(20, 9)


@pytest.fixture
def people(tandem):
    """A key of a user in a team, and the ids that limits may name."""
    team = tandem.api("POST", "/teams", {"name": "support"})
    user = tandem.api("POST", "/users", {"name": "ann"})
    made = tandem.make_key(user=user["id"], team=team["id"])
    return {
        "secret": made["key"], "project": "default", "team": team["id"], "user": user["id"],
        "key": made["id"], "endpoint": "chat",
    }  # fmt: skip


@pytest.mark.parametrize("scope", ["project", "team", "user", "key", "endpoint"])
def test_requests_of_each_scope(tandem, people, scope):
    """Three requests a day fit, the fourth does not, whoever is limited."""
    path = f"/limits/{scope}/{people[scope]}"
    shown = tandem.api("PUT", path, {"requests_per_day": 3}, expect=201)
    assert shown["requests_per_day"] == 3 and shown["tightest"]["requests"]["remaining"] == 3
    for left in (2, 1, 0):
        answer = chat(tandem, key=people["secret"])
        assert answer.status == 200
        assert answer.headers["x-ratelimit-limit-requests"] == "3"
        assert answer.headers["x-ratelimit-remaining-requests"] == str(left)
    refused = chat(tandem, key=people["secret"])
    assert refused.status == 429
    assert refused.error["code"] == "rate_limit_exceeded"
    assert scope in refused.error["message"] and "3 requests a day" in refused.error["message"]
    assert 0 < int(refused.headers["retry-after"]) <= 86_400
    tandem.api("DELETE", path)
    assert chat(tandem, key=people["secret"]).status == 200


def test_counting_tokens_is_a_request(tandem, people):
    """A count is no call of a model, but it counts for whoever is limited."""
    tandem.api("PUT", f"/limits/team/{people['team']}", {"requests_per_day": 1}, expect=201)
    body = {"model": "chat", "messages": [{"role": "user", "content": "Hello there"}]}
    path = "/v1/messages/count_tokens"
    first, second = (
        tandem.request("POST", path, body=body, key=people["secret"]) for _ in range(2)
    )
    assert first.status == 200 and first.json()["input_tokens"] > 0
    assert second.status == 429 and "1 request" in second.error["message"]


def test_tokens_of_a_month_survive_a_restart(tandem, people):
    """What the ledger has counts after a restart."""
    path = f"/limits/project/{people['project']}"
    tandem.api("PUT", path, {"tokens_per_month": 1000})
    first = chat(tandem, key=people["secret"], max_tokens=10)
    assert first.status == 200 and len(tandem.ledger_rows(first.headers["x-request-id"])) == 1
    assert tandem.api("GET", path)["tightest"]["tokens"]["remaining"] == 1000 - 29
    tandem.kill()
    tandem.restart()
    assert tandem.api("GET", path)["tightest"]["tokens"]["remaining"] == 1000 - 29
    refused = chat(tandem, key=people["secret"], max_tokens=2000)
    assert refused.status == 429 and "tokens" in refused.error["message"]


def test_exact_under_racing_calls(tandem, people, upstream):
    """Forty of two hundred racing calls, and not one more or fewer."""
    tandem.api("PUT", f"/limits/team/{people['team']}", {"requests_per_month": 40})
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        calls = list(pool.map(lambda _: chat(tandem, key=people["secret"]).status, range(200)))
    assert calls.count(200) == 40 and calls.count(429) == 160
    assert len(upstream.requests) == 40


def test_headers_are_of_the_tightest(tandem, people):
    """Of the key's minute and the project's day, the one with less left."""
    tandem.api("PUT", "/limits/project/default", {"requests_per_day": 1000})
    tandem.api("PUT", f"/limits/user/{people['user']}", {"requests_per_minute": 5})
    answer = chat(tandem, key=people["secret"])
    assert answer.headers["x-ratelimit-limit-requests"] == "5"
    assert answer.headers["x-ratelimit-remaining-requests"] == "4"


def test_cost_of_a_minute_and_of_an_endpoint(tandem, upstream):
    """Cost may be limited by the minute, which is a rate, and for an endpoint."""
    budget = {"nano_usd": 300_000, "period": "minute"}
    tandem.api("PUT", "/budgets/endpoint/chat", budget, expect=201)
    statuses = [chat(tandem, max_tokens=50).status for _ in range(12)]
    assert 429 in statuses
    refused = chat(tandem, max_tokens=5000)
    assert refused.status == 429
    assert refused.error["code"] == "rate_limit_exceeded"
    assert "endpoint chat" in refused.error["message"]
    shown = tandem.api("GET", "/budgets/endpoint/chat")
    assert shown["period"] == "minute" and shown["limit_nano_usd"] == 300_000


def test_who_may_see_and_set(tandem, people):
    """Setting needs the admin key; a key sees what it counts in."""
    tandem.api("PUT", "/limits/project/default", {"requests_per_day": 100})
    tandem.api("PUT", "/limits/project/other", {"requests_per_day": 100})
    tandem.api("PUT", "/limits/key/key_of_somebody", {"requests_per_day": 100})
    seen = tandem.api("GET", "/limits", key=people["secret"])["data"]
    assert [each["id"] for each in seen] == ["project/default"]
    tandem.api("GET", "/limits/project/other", key=people["secret"], expect=404)
    tandem.api("PUT", "/limits/project/default", {"requests_per_day": 1}, key=people["secret"],
               expect=403)  # fmt: skip
    for body in ({}, {"requests_per_day": 0}, {"requests_per_week": 1}):
        tandem.api("PUT", "/limits/project/default", body, expect=400)
    tandem.api("PUT", "/limits/planet/earth", {"requests_per_day": 1}, expect=400)


def test_limits_of_all_kinds_at_once(start, upstream):
    """A call that one limit refuses is counted in none."""
    tandem = start(configuration(upstream))
    made = tandem.make_key(limits={"requests_per_minute": 100})
    tandem.api("PUT", "/limits/project/default", {"requests_per_month": 50})
    tandem.api("PUT", "/limits/endpoint/chat", {"requests_per_day": 2})
    assert [chat(tandem, key=made["key"]).status for _ in range(4)] == [200, 200, 429, 429]
    left = tandem.api("GET", "/limits/project/default")["tightest"]["requests"]["remaining"]
    assert left == 48
