"""Budget alerts: delivered at least once, signed, once for each threshold and period, to public
https addresses unless the configuration says otherwise."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time

import pytest
from calls import chat, until
from configurations import configuration, cost_nano_usd

ONE_CALL = cost_nano_usd(20, 9)
LOCAL = {"allow_http": True, "allow_private": True}


class Receiver:
    """Takes webhooks and answers with the statuses that it is told, then 204."""

    def __init__(self):
        self.seen: list[tuple[dict, bytes]] = []
        self.statuses: list[int] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.seen.append((headers, body))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 204)
                self.send_header("content-length", "0")
                self.send_header("location", "http://127.0.0.1:1/")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?team=finance"

    def events(self, kind: str) -> list[dict]:
        bodies = [json.loads(body) for _, body in self.seen]
        return [body for body in bodies if body["type"] == kind]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


def verify(secret: str, headers: dict, body: bytes) -> None:
    """As standardwebhooks.com describes it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60


def deliveries(tandem, **query) -> list[dict]:
    return tandem.list_all("/webhook_deliveries", **query)


def test_thresholds_are_told_once(start, upstream, receiver):
    """Each threshold of a limit and period once, over restarts; signed; visible."""
    config = configuration(upstream)
    config["webhooks"] = LOCAL
    tandem = start(config)
    hook = tandem.api("POST", "/webhooks", {"name": "finance", "url": receiver.url}, expect=201)
    made = tandem.make_key()
    budget = {"nano_usd": 4 * ONE_CALL, "period": "month", "alerts": [50, 100], "hard": False}
    tandem.api("PUT", f"/budgets/key/{made['id']}", budget)
    chat(tandem, key=made["key"])
    time.sleep(1.5)
    assert not receiver.seen, "a quarter is no half"
    chat(tandem, key=made["key"])
    until(lambda: len(receiver.seen) == 1, 5, "half of it")
    for _ in range(2):
        chat(tandem, key=made["key"])
    until(lambda: len(receiver.seen) == 2, 5, "all of it")
    events = receiver.events("budget.threshold")
    assert [event["data"]["percent"] for event in events] == [50, 100]
    assert events[0]["data"]["scope_id"] == made["id"]
    assert events[0]["data"]["project"] == "default"
    assert events[0]["data"]["limit_nano_usd"] == 4 * ONE_CALL
    assert events[0]["data"]["settled_nano_usd"] >= 2 * ONE_CALL
    for headers, body in receiver.seen:
        verify(hook["secret"], headers, body)
    assert receiver.seen[0][0]["webhook-id"] != receiver.seen[1][0]["webhook-id"]
    tandem.kill()
    tandem.restart()
    chat(tandem, key=made["key"])
    time.sleep(2.5)
    assert len(receiver.seen) == 2, "not again after a restart"
    shown = deliveries(tandem, state="delivered")
    assert len(shown) == 2 and all(each["last_status"] == 204 for each in shown)
    assert [each["data"]["percent"] for each in tandem.list_all("/budget_alerts")] == [100, 50]


def test_delivered_at_least_once(start, upstream, receiver):
    """A delivery that fails is tried again, with the same id, also after a crash."""
    config = configuration(upstream)
    config["webhooks"] = LOCAL
    tandem = start(config)
    hook = tandem.api("POST", "/webhooks", {"name": "finance", "url": receiver.url}, expect=201)
    receiver.statuses = [500, 302]
    tandem.api("POST", f"/webhooks/{hook['id']}/test", expect=202)
    until(lambda: len(receiver.seen) == 2, 10, "a second attempt")
    until(lambda: deliveries(tandem)[0]["attempts"] == 2, 3, "it is written down")
    assert deliveries(tandem)[0]["state"] == "pending", "a redirect is not followed and no success"
    assert deliveries(tandem)[0]["last_status"] == 302
    tandem.kill()
    tandem.restart()
    until(lambda: len(receiver.seen) == 3, 15, "a third attempt")
    assert len({headers["webhook-id"] for headers, _ in receiver.seen}) == 1
    for headers, body in receiver.seen:
        verify(hook["secret"], headers, body)
    until(lambda: deliveries(tandem)[0]["state"] == "delivered", 5, "it arrived")
    tandem.api("POST", f"/webhook_deliveries/{deliveries(tandem)[0]['id']}/retry")
    until(lambda: len(receiver.seen) == 4, 5, "sent again when asked")


def test_a_refusal_is_told(start, upstream, receiver):
    """The first call that a hard limit refuses in a period is told as well."""
    config = configuration(upstream)
    config["webhooks"] = LOCAL
    tandem = start(config)
    tandem.api("POST", "/webhooks", {"name": "finance", "url": receiver.url}, expect=201)
    made = tandem.make_key(budget={"nano_usd": 1, "period": "month"})
    for _ in range(3):
        assert chat(tandem, key=made["key"]).status == 429
    until(lambda: receiver.events("budget.refused"), 5, "the refusal")
    time.sleep(1.5)
    assert len(receiver.events("budget.refused")) == 1


def test_where_webhooks_may_go(start, upstream, receiver):
    """Public https addresses only, unless the configuration allows more."""
    tandem = start(configuration(upstream))
    refused = tandem.api("POST", "/webhooks", {"name": "x", "url": receiver.url}, expect=400)
    assert refused["error"]["param"] == "url"
    for url in ("ftp://example.com", "https://user@example.com/", "nonsense", "https://"):
        tandem.api("POST", "/webhooks", {"name": "x", "url": url}, expect=400)
    for address in ("127.0.0.1", "[::1]", "localhost", "169.254.169.254", "[::ffff:127.0.0.1]"):
        port = receiver.server.server_port
        body = {"name": "x", "url": f"https://{address}:{port}/"}
        hook = tandem.api("POST", "/webhooks", body, expect=201)
        tandem.api("POST", f"/webhooks/{hook['id']}/test", expect=202)
    until(lambda: all(each["attempts"] for each in deliveries(tandem)), 10, "all attempts")
    for each in deliveries(tandem):
        assert "no public address" in each["last_error"], each
    assert not receiver.seen


def test_secrets_and_projects(start, upstream, receiver):
    """The secret is shown once; a key sees the webhooks of its project only."""
    config = configuration(upstream)
    config["webhooks"] = LOCAL
    config["projects"]["desk"] = {}
    tandem = start(config)
    body = {"name": "finance", "url": receiver.url}
    of_all = tandem.api("POST", "/webhooks", body, expect=201)
    admin = tandem.make_key(role="admin", project="desk")["key"]
    of_desk = tandem.api("POST", "/webhooks", body, expect=201, key=admin)
    assert of_desk["project"] == "desk" and of_all["project"] is None
    assert of_desk["secret"] != of_all["secret"]
    assert all("secret" not in hook for hook in tandem.list_all("/webhooks"))
    assert [hook["id"] for hook in tandem.api("GET", "/webhooks", key=admin)["data"]] == [
        of_desk["id"]
    ]
    tandem.api("GET", f"/webhooks/{of_all['id']}", key=admin, expect=404)
    tandem.api("DELETE", f"/webhooks/{of_all['id']}", key=admin, expect=404)
    tandem.api("POST", "/webhooks", {**body, "project": "default"}, key=admin, expect=403)
    user = tandem.make_key(role="user")["key"]
    tandem.api("GET", "/webhooks", key=user, expect=403)
    # A threshold of the project `default` is not told to `desk`.
    made = tandem.make_key()
    budget = {"nano_usd": 1, "period": "day", "alerts": [100], "hard": False}
    tandem.api("PUT", f"/budgets/key/{made['id']}", budget)
    chat(tandem, key=made["key"])
    until(lambda: receiver.events("budget.threshold"), 5, "the threshold")
    time.sleep(1.5)
    assert {each["webhook_id"] for each in deliveries(tandem)} == {of_all["id"]}
    assert not tandem.api("GET", "/webhook_deliveries", key=admin)["data"]
    tandem.api("DELETE", f"/webhooks/{of_desk['id']}", key=admin, expect=204)
