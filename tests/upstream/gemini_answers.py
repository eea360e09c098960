"""The bodies of Google's Gemini API, built from a Shape. Pure functions.

`completion_tokens` are the candidates' here and `reasoning_tokens` come on top, as the API counts.
"""

from __future__ import annotations

import json
import re

from upstream.answers import Shape, embedding_vector
from upstream.script import Script

_FINISH = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP"}
_METHOD = re.compile(r"/models/([^/:?]+):(\w+)")


def method_of(path: str) -> str:
    """ "generateContent" of "/v1beta/models/x:generateContent?alt=sse"; "" for other paths."""
    found = _METHOD.search(path)
    return found.group(2) if found else ""


def model_of(path: str) -> str:
    found = _METHOD.search(path)
    return found.group(1) if found else "unknown"


def _usage(shape: Shape) -> dict:
    """The prompt contains what was cached; the candidates do not contain thoughts."""
    zero = shape.usage == "zero"
    prompt = 0 if zero else shape.prompt_tokens
    said = 0 if zero else shape.output_tokens
    thought = 0 if zero else shape.reasoning_tokens
    usage = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": said,
        "totalTokenCount": prompt + said + thought,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt}],
    }
    if shape.cached_tokens and not zero:
        usage["cachedContentTokenCount"] = shape.cached_tokens
    if thought:
        usage["thoughtsTokenCount"] = thought
    return usage


def _parts(shape: Shape) -> list[dict]:
    parts = []
    if shape.reasoning_tokens > 0:
        parts.append({"text": "Let me see.", "thought": True})
    if shape.tool:
        call = {"name": shape.tool, "args": {"city": "Lyon"}}
        parts.append({"functionCall": call, "thoughtSignature": "c2ln"})
    else:
        parts += [{"text": piece} for piece in shape.pieces()]
    return parts


def _answer(path: str, shape: Shape, candidate: dict | None, usage: bool) -> str:
    answer = {} if candidate is None else {"candidates": [{**candidate, "index": 0}]}
    if candidate is None:
        answer["promptFeedback"] = {"blockReason": "PROHIBITED_CONTENT"}
    if usage and shape.usage != "missing":
        answer["usageMetadata"] = _usage(shape)
    answer["modelVersion"] = shape.model or model_of(path)
    answer["responseId"] = "upstream-gemini"
    text = json.dumps(answer)
    return f"{text[:-1]}, {shape.extra}}}" if shape.extra else text


def _finish(shape: Shape) -> str:
    return _FINISH.get(shape.finish, shape.finish)


def generated(path: str, shape: Shape) -> str:
    if shape.finish == "blocked":
        return _answer(path, shape, None, True)
    parts = _parts(shape)
    if not shape.tool:  # a whole answer has its text in one piece
        parts = [part for part in parts if part.get("thought")] + [{"text": shape.text}]
    content = {"parts": parts, "role": "model"}
    return _answer(path, shape, {"content": content, "finishReason": _finish(shape)}, True)


def stream_events(path: str, shape: Shape) -> list[str]:
    """The data of each event; the last one carries the finish reason, and nothing says [DONE]."""
    if shape.finish == "blocked":
        return [_answer(path, shape, None, True)]
    parts = _parts(shape)
    events = []
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        candidate = {"content": {"parts": [part], "role": "model"}}
        if last:
            candidate["finishReason"] = _finish(shape)
        events.append(_answer(path, shape, candidate, last or shape.usage == "early"))
    return events


def token_count(request: dict) -> str:
    """Ten tokens a content: a number that nobody would estimate."""
    counted = request.get("generateContentRequest", request)
    return json.dumps({"totalTokens": 10 * len(counted.get("contents", []))})


def _text(content: dict) -> str:
    return "".join(part.get("text", "") for part in content["parts"])


def embedded(path: str, request: dict, shape: Shape) -> str:
    """Of embedContent, batchEmbedContents and Vertex's predict."""
    method = method_of(path)
    if method == "predict":
        rows = []
        for instance in request["instances"]:
            statistics = {"truncated": False, "token_count": shape.prompt_tokens}
            values = embedding_vector(instance["content"])
            rows.append({"embeddings": {"values": values, "statistics": statistics}})
        return json.dumps({"predictions": rows})
    if method == "embedContent":
        return json.dumps({"embedding": {"values": embedding_vector(_text(request["content"]))}})
    vectors = [embedding_vector(_text(one["content"])) for one in request["requests"]]
    return json.dumps({"embeddings": [{"values": values} for values in vectors]})


def body(path: str, request: dict, shape: Shape) -> str:
    method = method_of(path)
    if method == "countTokens":
        return token_count(request)
    if method in ("embedContent", "batchEmbedContents", "predict"):
        return embedded(path, request, shape)
    return generated(path, shape)


_STATUS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}  # fmt: skip


def error(status: int, message: str, retry_delay: str | None = None) -> str:
    said = {"code": status, "message": message, "status": _STATUS.get(status, "UNKNOWN")}
    if retry_delay is not None:
        kind = "type.googleapis.com/google.rpc.RetryInfo"
        said["details"] = [{"@type": kind, "retryDelay": retry_delay}]
    return json.dumps({"error": said})


TOO_LONG = error(400, "The input token count (9000) exceeds the maximum number of tokens allowed")


def error_of(script: Script, status: int, message: str) -> str:
    return error(status, message, script.options.get("retry_delay"))
