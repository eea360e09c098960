"""The bodies of an OpenAI-compatible provider, built from a Shape. Pure functions."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, fields, replace

from upstream.script import Script

CREATED = 1_700_000_000
EMBEDDING_DIMENSIONS = 8


@dataclass(frozen=True)
class Shape:
    """What a normal answer looks like. Each field can be set by a script option of its name."""

    text: str = "The quick brown fox jumps over the lazy dog."
    deltas: int = 0  # pieces of a stream; 0: one a word
    delta_ms: float = 0.0  # between pieces
    delay_ms: float = 0.0  # before the first byte
    prompt_tokens: int = 20
    completion_tokens: int | None = None  # None: one a word
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    usage: str = "exact"  # exact | zero | missing | early (in every chunk)
    finish: str = "stop"
    model: str = ""  # "": as asked
    tool: str = ""  # the name of a tool that the answer calls
    refusal: str = ""
    extra: str = ""  # JSON members put verbatim into the answer and into each chunk

    @classmethod
    def of(cls, script: Script) -> Shape:
        values = {}
        for item in fields(cls):
            if item.name in script.options:
                kind = {"str": str, "float": float}.get(item.type, int)
                values[item.name] = kind(script.options[item.name])
        return replace(cls(), **values)

    @property
    def words(self) -> list[str]:
        parts = self.text.split(" ")
        return [part if index == 0 else " " + part for index, part in enumerate(parts)]

    @property
    def output_tokens(self) -> int:
        given = self.completion_tokens
        return len(self.words) if given is None else given

    def pieces(self) -> list[str]:
        """The text cut into `deltas` pieces; longer than the words are, it is repeated."""
        words = self.words
        if self.deltas == 0:
            return words
        return [words[index % len(words)] for index in range(self.deltas)]

    def usage_object(self) -> dict | None:
        if self.usage == "missing":
            return None
        zero = self.usage == "zero"
        prompt = 0 if zero else self.prompt_tokens
        completion = 0 if zero else self.output_tokens
        usage = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
        if self.cached_tokens and not zero:
            usage["prompt_tokens_details"] = {"cached_tokens": self.cached_tokens}
        if self.reasoning_tokens and not zero:
            usage["completion_tokens_details"] = {"reasoning_tokens": self.reasoning_tokens}
        return usage


def _with_extra(value: dict, extra: str) -> str:
    text = json.dumps(value)
    return f"{text[:-1]}, {extra}}}" if extra else text


def _message(shape: Shape) -> dict:
    message = {"role": "assistant", "content": shape.text, "refusal": None}
    if shape.refusal:
        message |= {"content": None, "refusal": shape.refusal}
    if shape.tool:
        call = {"name": shape.tool, "arguments": '{"city":"Lyon"}'}
        message |= {
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": call}],
        }
    return message


def chat(request: dict, shape: Shape) -> str:
    finish = "tool_calls" if shape.tool else shape.finish
    answer = {
        "id": "chatcmpl-upstream",
        "object": "chat.completion",
        "created": CREATED,
        "model": shape.model or request.get("model", "unknown"),
        "choices": [
            {"index": 0, "message": _message(shape), "logprobs": None, "finish_reason": finish}
        ],
    }
    if (usage := shape.usage_object()) is not None:
        answer["usage"] = usage
    return _with_extra(answer, shape.extra)


def completion(request: dict, shape: Shape) -> str:
    answer = {
        "id": "cmpl-upstream",
        "object": "text_completion",
        "created": CREATED,
        "model": shape.model or request.get("model", "unknown"),
        "choices": [
            {"index": 0, "text": shape.text, "logprobs": None, "finish_reason": shape.finish}
        ],
    }
    if (usage := shape.usage_object()) is not None:
        answer["usage"] = usage
    return _with_extra(answer, shape.extra)


def embedding_vector(text: str) -> list[float]:
    """Made from the text alone, so that a test can compute it again. Exact in float32."""
    digest = hashlib.sha256(text.encode()).digest()
    return [(byte - 128) / 128 for byte in digest[:EMBEDDING_DIMENSIONS]]


def embeddings(request: dict, shape: Shape) -> str:
    inputs = request.get("input", "")
    inputs = [inputs] if isinstance(inputs, str) else inputs
    data = []
    for index, item in enumerate(inputs):
        vector = embedding_vector(item if isinstance(item, str) else json.dumps(item))
        packed = struct.pack(f"<{len(vector)}f", *vector)
        as_text = request.get("encoding_format") == "base64"
        data.append({
            "object": "embedding",
            "index": index,
            "embedding": base64.b64encode(packed).decode() if as_text else vector,
        })  # fmt: skip
    answer = {
        "object": "list",
        "data": data,
        "model": shape.model or request.get("model", "unknown"),
    }
    if (usage := shape.usage_object()) is not None:
        tokens = usage["prompt_tokens"]
        answer["usage"] = {"prompt_tokens": tokens, "total_tokens": tokens}
    return _with_extra(answer, shape.extra)


def models() -> str:
    row = {"id": "mock", "object": "model", "created": CREATED, "owned_by": "upstream"}
    return json.dumps({"object": "list", "data": [row]})


def error(message: str, code: str | None = None, kind: str = "invalid_request_error") -> str:
    body = {"message": message, "type": kind, "param": None, "code": code}
    return json.dumps({"error": body})


def _chunk(request: dict, shape: Shape, choices: list, usage=None, chat_style=True) -> str:
    chunk = {
        "id": "chatcmpl-upstream" if chat_style else "cmpl-upstream",
        "object": "chat.completion.chunk" if chat_style else "text_completion",
        "created": CREATED,
        "model": shape.model or request.get("model", "unknown"),
        "choices": choices,
    }
    if usage is not None:
        chunk["usage"] = usage
    return _with_extra(chunk, shape.extra)


def _deltas(shape: Shape) -> list[dict]:
    first = {"role": "assistant", "content": ""}
    if not shape.tool:
        return [first, *({"content": piece} for piece in shape.pieces())]
    start = {"name": shape.tool, "arguments": ""}
    deltas = [first]
    calls = [{"index": 0, "id": "call_1", "type": "function", "function": start}]
    deltas.append({"tool_calls": calls})
    for part in ('{"city"', ':"Lyon"}'):
        deltas.append({"tool_calls": [{"index": 0, "function": {"arguments": part}}]})
    return deltas


def stream_events(request: dict, shape: Shape, chat_style: bool = True) -> list[str]:
    """The data of each event, without [DONE]. The usage chunk is there when the request asks for
    it, as at OpenAI."""
    wants_usage = bool((request.get("stream_options") or {}).get("include_usage"))
    usage = shape.usage_object()
    repeated = usage if shape.usage == "early" else None
    finish = "tool_calls" if shape.tool else shape.finish
    events = []
    if chat_style:
        for delta in _deltas(shape):
            choice = {"index": 0, "delta": delta, "finish_reason": None}
            events.append(_chunk(request, shape, [choice], repeated))
        last = {"index": 0, "delta": {}, "finish_reason": finish}
        events.append(_chunk(request, shape, [last], repeated))
    else:
        for piece in shape.pieces():
            choice = {"index": 0, "text": piece, "finish_reason": None}
            events.append(_chunk(request, shape, [choice], repeated, chat_style))
        last = {"index": 0, "text": "", "finish_reason": finish}
        events.append(_chunk(request, shape, [last], repeated, chat_style))
    if wants_usage and usage is not None and repeated is None:
        events.append(_chunk(request, shape, [], usage, chat_style))
    return events
