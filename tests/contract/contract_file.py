"""Contracts as text: what is asked, and what the answer must look like.

    ## a key is shown once
    POST /api/tandem/v1/keys {"name": "ci"}
    201 {"id": "<id:key_.+>", "key": "<secret:tk-.{40,}>"}

    GET /api/tandem/v1/keys/<id>
    200 {"id": "<id>", "key": null}

Lines that start with `#` are comments, and `##` names the step that follows. A request or an
answer may go on in indented lines; such a line is a header (`name: value`, of an answer a pattern)
where it looks like one, else more JSON. Before a status, `within 1s` asks until the answer fits.

Patterns: an object must have the members that are named and may have others; a list must have just
these items, unless its last one is "..."; `<name>` is a value that was seen before,
`<name:regex>` a text that becomes one, `<:regex>` a text or a number. A header pattern is text with
the same marks. A backslash is one of the regular expression.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

_MARK = re.compile(r"<(\w*)(?::([^<>]*))?>")
_REQUEST = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (\S+)(?: (.*))?$")
_ANSWER = re.compile(r"(?:within ([\d.]+)s )?(\d{3})(?: (.*))?$")
_HEADER = re.compile(r"([a-z][a-z0-9-]*): (.*)$")


class Mismatch(AssertionError):
    """An answer that does not fit, with the place where it does not."""


@dataclass
class Step:
    line: int
    title: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    within_s: float = 0.0
    status: int = 0
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: str = ""


def parse(text: str) -> list[Step]:
    steps: list[Step] = []
    title, in_answer = "", False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("##"):
            title = line.lstrip("# ")
        elif line.startswith("#") or not line.strip():
            continue
        elif line[0] == " ":
            _continue(steps, line.strip(), in_answer, number)
        elif match := _REQUEST.match(line):
            if steps and not steps[-1].status:
                raise ValueError(f"line {number}: the request before it has no answer")
            steps.append(Step(number, title, match[1], match[2], body=match[3] or ""))
            in_answer = False
        elif (match := _ANSWER.match(line)) and steps and not steps[-1].status:
            step = steps[-1]
            step.within_s, step.status = float(match[1] or 0), int(match[2])
            step.answer, in_answer = match[3] or "", True
        else:
            raise ValueError(f"line {number}: neither a request nor an answer: {line!r}")
    if not steps or not steps[-1].status:
        raise ValueError("the file ends without an answer")
    return steps


def _continue(steps: list[Step], text: str, in_answer: bool, number: int) -> None:
    if not steps:
        raise ValueError(f"line {number}: nothing to go on with")
    step = steps[-1]
    if match := _HEADER.match(text):
        (step.answer_headers if in_answer else step.headers)[match[1]] = match[2]
    elif in_answer:
        step.answer += text
    else:
        step.body += text


def fill(text: str, names: dict) -> str:
    """The text with every `<name>` replaced by what it stands for."""
    def value(match):
        if match[2] is not None or match[1] not in names:
            raise ValueError(f"{match[0]} stands for nothing yet")
        return str(names[match[1]])
    return _MARK.sub(value, text)


def match(pattern, value, names: dict, at: str = "answer") -> None:
    """Raises Mismatch where `value` does not fit; `names` learns from it."""
    if isinstance(pattern, dict):
        if not isinstance(value, dict):
            raise Mismatch(f"{at} is {value!r}, not an object")
        for key, part in pattern.items():
            if key not in value:
                raise Mismatch(f"{at}.{key} is missing in {value!r}")
            match(part, value[key], names, f"{at}.{key}")
    elif isinstance(pattern, list):
        _match_list(pattern, value, names, at)
    elif isinstance(pattern, str):
        match_text(pattern, value, names, at)
    elif type(pattern) is not type(value) or pattern != value:
        raise Mismatch(f"{at} is {value!r}, expected {pattern!r}")


def _match_list(pattern: list, value, names: dict, at: str) -> None:
    if not isinstance(value, list):
        raise Mismatch(f"{at} is {value!r}, not a list")
    more = bool(pattern) and pattern[-1] == "..."
    wanted = pattern[:-1] if more else pattern
    if len(value) < len(wanted) or (not more and len(value) != len(wanted)):
        raise Mismatch(f"{at} has {len(value)} items, expected {len(wanted)}: {value!r}")
    for index, part in enumerate(wanted):
        match(part, value[index], names, f"{at}[{index}]")


def match_text(pattern: str, value, names: dict, at: str) -> None:
    whole = _MARK.fullmatch(pattern)
    if whole and whole[2] is None:
        if value != names[whole[1]]:
            raise Mismatch(f"{at} is {value!r}, expected {names[whole[1]]!r}")
        return
    expression, last = "", 0
    for mark in _MARK.finditer(pattern):
        expression += re.escape(pattern[last : mark.start()])
        known = mark[2] is None
        expression += re.escape(str(names[mark[1]])) if known else (
            f"(?P<{mark[1]}>{mark[2]})" if mark[1] else f"(?:{mark[2]})")
        last = mark.end()
    expression += re.escape(pattern[last:])
    numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not isinstance(value, str) and not (numeric and last):
        raise Mismatch(f"{at} is {value!r}, expected {pattern!r}")
    found = re.fullmatch(expression, str(value), re.S)
    if not found:
        raise Mismatch(f"{at} is {value!r}, expected {pattern!r}")
    names.update(found.groupdict())


def check(step: Step, answer, names: dict) -> None:
    """An answer {status, headers, body} against a step."""
    if answer.status != step.status:
        raise Mismatch(f"status {answer.status}, expected {step.status}: {answer.body[:500]!r}")
    for name, pattern in step.answer_headers.items():
        match_text(pattern, answer.headers.get(name, ""), names, f"header {name}")
    if step.answer:
        pattern = json.loads(step.answer.replace("\\", "\\\\"))
        match(pattern, json.loads(answer.body), names)
