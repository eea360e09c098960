"""The ledger as files: CSV and lines of JSON say exactly what the API says."""

from __future__ import annotations

import csv
import io
import json

from calls import chat, until
from configurations import configuration, cost_nano_usd

ONE_CALL = cost_nano_usd(20, 9)


def fetch(tandem, query: str, key=None, **headers):
    answer = tandem.request("GET", f"/api/tandem/v1/ledger?{query}", key=key, headers=headers)
    assert answer.status == 200, answer.body
    return answer


def parsed(answer) -> list[dict]:
    assert answer.headers["content-type"].startswith("text/csv")
    text = answer.body.decode()
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_csv_is_the_whole_ledger(tandem, key):
    """`Accept: text/csv` or `format=csv`: every row that fits, RFC 4180."""
    for _ in range(7):
        chat(tandem, key=key)
    rows = until(lambda: (r := tandem.ledger()) and len(r) == 7 and r, 2, "all rows")
    for answer in (fetch(tandem, "format=csv"), fetch(tandem, "", accept="text/csv, */*;q=0.1")):
        lines = parsed(answer)
        assert [line["id"] for line in lines] == [row["id"] for row in rows]
        assert "attachment" in answer.headers["content-disposition"]
        for line, row in zip(lines, rows):
            assert line.keys() == row.keys()
            for name, value in row.items():
                expected = {True: "true", False: "false", None: ""}.get(value, str(value))
                assert line[name] == (str(value) if type(value) is int else expected), name
        assert sum(int(line["cost_nano_usd"]) for line in lines) == 7 * ONE_CALL
    assert len(parsed(fetch(tandem, "format=csv&limit=3"))) == 3
    lines = fetch(tandem, "format=jsonl").body.decode().splitlines()
    assert [json.loads(line) for line in lines] == rows


def test_csv_of_groups(start, upstream):
    """Sums in CSV; names that a spreadsheet would run are not run."""
    evil = "=HYPERLINK(1)"
    tandem = start(configuration(upstream))
    made = tandem.make_key()
    for _ in range(2):
        chat(tandem, key=made["key"])
    chat(tandem)
    until(lambda: len(tandem.ledger()) == 3, 2, "all rows")
    lines = parsed(fetch(tandem, "format=csv&group_by=key_id,state"))
    costs = {line["key_id"]: int(line["cost_nano_usd"]) for line in lines}
    assert costs[made["id"]] == 2 * ONE_CALL and sum(costs.values()) == 3 * ONE_CALL
    assert fetch(tandem, f"format=csv&model={evil}").body.count(b"\r\n") == 1, "only the head"


def test_a_thousand_and_more_rows_are_streamed(tandem):
    """More rows than a page holds."""
    import concurrent.futures

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: chat(tandem).headers["x-request-id"], range(1100)))
    until(lambda: len(tandem.ledger()) == 1100, 5, "all rows")
    lines = parsed(fetch(tandem, "format=csv&order=asc"))
    assert sorted(line["request_id"] for line in lines) == sorted(ids)


def test_a_project_sees_its_own(start, upstream):
    """The export crosses no project."""
    config = configuration(upstream)
    config["projects"]["desk"] = {}
    tandem = start(config)
    own = tandem.make_key(role="user")["key"]
    other = tandem.make_key(role="user", project="desk")["key"]
    chat(tandem, key=own)
    chat(tandem, key=other)
    until(lambda: len(tandem.ledger()) == 2, 2, "the rows")
    seen = parsed(fetch(tandem, "format=csv", key=own))
    assert [line["project"] for line in seen] == ["default"]
    refused = tandem.request("GET", "/api/tandem/v1/ledger?format=csv&project=desk", key=own)
    assert refused.status == 403
    wrong = tandem.request("GET", "/api/tandem/v1/ledger?format=xlsx")
    assert wrong.status == 400 and "csv" in wrong.error["message"]
