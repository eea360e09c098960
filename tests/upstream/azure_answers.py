"""What Azure OpenAI adds to OpenAI's bodies: verdicts of its content filter. Pure functions."""

from __future__ import annotations

import json

_SAFE = {
    kind: {"filtered": False, "severity": "safe"}
    for kind in ("hate", "self_harm", "sexual", "violence")
}


def filtered(events: list[str]) -> list[str]:
    """First a chunk about the prompt, without choices, id or model; then each piece with its
    verdict."""
    first = {
        "choices": [], "created": 0, "id": "", "model": "", "object": "",
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": _SAFE}],
    }  # fmt: skip
    out = [json.dumps(first)]
    for event in events:
        chunk = json.loads(event)
        for choice in chunk["choices"]:
            choice["content_filter_results"] = {} if choice["finish_reason"] else _SAFE
        out.append(json.dumps(chunk))
    return out


def prompt_refused() -> str:
    verdicts = {**_SAFE, "violence": {"filtered": True, "severity": "medium"}}
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": verdicts}
    message = "The response was filtered due to the prompt triggering the content filter."
    return json.dumps({"error": {
        "message": message, "type": None, "param": "prompt", "code": "content_filter",
        "status": 400, "innererror": inner,
    }})  # fmt: skip
