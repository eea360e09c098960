"""The reader of contracts: what fits passes, and everything else does not."""

from __future__ import annotations

import pytest
from contract_file import Mismatch, fill, match, parse

TEXT = """\
# About keys.
## one is made
POST /keys {"name":
  idempotency-key: once
  "ci"}
201 {"id": "<id:key_.+>"}
  etag: "1"
GET /keys/<id>
within 1.5s 200 {"id": "<id>"}
"""


def test_steps_are_read():
    made, read = parse(TEXT)
    assert (made.method, made.path, made.body) == ("POST", "/keys", '{"name":"ci"}')
    assert made.headers == {"idempotency-key": "once"}
    assert (made.title, made.status, made.answer_headers) == ("one is made", 201, {"etag": '"1"'})
    assert (read.within_s, read.status, read.line) == (1.5, 200, 8)


@pytest.mark.parametrize("text", ["", "GET /a\n", "GET /a\nGET /b\n200\n", "200\n", "FETCH /a\n"])
def test_what_is_no_contract_is_refused(text):
    with pytest.raises(ValueError):
        parse(text)


FITS = [
    ({"a": 1}, {"a": 1, "b": 2}), ([1, "..."], [1, 2, 3]), ([1, 2], [1, 2]), (None, None),
    ("<n:\\d+>", 17), ("<n:\\d+>", "17"), ("a<:b+>c", "abbc"), ({"x": ["<:.*>"]}, {"x": ["\n"]}),
    ("<seen>", {"any": "value"}),
]  # fmt: skip
UNFIT = [
    ({"a": 1}, {"b": 1}), ({"a": 1}, {"a": True}), ({"a": 1}, [1]), ([1], [1, 2]), ([1, 2], [1]),
    ([1, "..."], []), ("ab", "abc"), ("a", None), ("<:\\d+>", "x1"), ("<:.+>", None), (0, False),
    ("1", 1), ("<seen>", "another"), (None, 0),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "value"), FITS)
def test_what_fits(pattern, value):
    match(pattern, value, {"seen": {"any": "value"}})


@pytest.mark.parametrize(("pattern", "value"), UNFIT)
def test_what_does_not_fit(pattern, value):
    with pytest.raises(Mismatch):
        match(pattern, value, {"seen": {"any": "value"}})


def test_names_are_kept_and_put_in():
    names: dict = {}
    match({"id": "<id:key_.+>"}, {"id": "key_7"}, names)
    assert fill("/keys/<id>", names) == "/keys/key_7"
    with pytest.raises(ValueError):
        fill("/keys/<other>", names)
