"""The bodies of Amazon Bedrock's Converse API and the frames of ConverseStream, built from a Shape.
Pure functions. The frames follow "Amazon event stream encoding"; test_upstream.py holds them to
AWS's own test vectors."""

from __future__ import annotations

import json
import struct
import zlib

from upstream.answers import Shape

EVENT_STREAM = "application/vnd.amazon.eventstream"
_STOP = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use",
         "content_filter": "guardrail_intervened"}  # fmt: skip
_TEXT = 7  # the type of a header whose value is a text


def _usage(shape: Shape) -> dict:
    """Bedrock's input tokens do not contain what was read from the cache."""
    zero = shape.usage == "zero"
    fresh = 0 if zero else shape.prompt_tokens - shape.cached_tokens
    output = 0 if zero else shape.output_tokens
    return {
        "inputTokens": fresh,
        "outputTokens": output,
        "totalTokens": fresh + output + (0 if zero else shape.cached_tokens),
        "cacheReadInputTokens": 0 if zero else shape.cached_tokens,
        "cacheWriteInputTokens": 0,
    }


def _stop_reason(shape: Shape) -> str:
    return "tool_use" if shape.tool else _STOP.get(shape.finish, shape.finish)


def message(request: dict, shape: Shape) -> str:
    content: list[dict] = []
    if shape.reasoning_tokens > 0:
        thought = {"text": "Let me see.", "signature": "c2ln"}
        content.append({"reasoningContent": {"reasoningText": thought}})
    if shape.tool:
        use = {"toolUseId": "tooluse_1", "name": shape.tool, "input": {"city": "Lyon"}}
        content.append({"toolUse": use})
    else:
        content.append({"text": shape.text})
    answer = {
        "metrics": {"latencyMs": 12},
        "output": {"message": {"content": content, "role": "assistant"}},
        "stopReason": _stop_reason(shape),
    }
    if shape.usage != "missing":
        answer["usage"] = _usage(shape)
    return json.dumps(answer)


def stream_events(request: dict, shape: Shape) -> list[str]:
    """Each event as {"its type": its payload}. A block of text begins with its first piece."""
    events: list[dict] = [{"messageStart": {"role": "assistant", "p": "abcdef"}}]
    index = 0

    def piece(delta: dict) -> dict:
        return {"contentBlockDelta": {"contentBlockIndex": index, "delta": delta, "p": "abc"}}

    if shape.reasoning_tokens > 0:
        events += [piece({"reasoningContent": {"text": text}}) for text in ("Let me ", "see.")]
        events.append(piece({"reasoningContent": {"signature": "c2ln"}}))
        events.append({"contentBlockStop": {"contentBlockIndex": index}})
        index += 1
    if shape.tool:
        start = {"toolUse": {"toolUseId": "tooluse_1", "name": shape.tool}}
        events.append({"contentBlockStart": {"contentBlockIndex": index, "start": start}})
        events += [piece({"toolUse": {"input": text}}) for text in ('{"city"', ':"Lyon"}')]
    else:
        events += [piece({"text": text}) for text in shape.pieces()]
    events.append({"contentBlockStop": {"contentBlockIndex": index}})
    events.append({"messageStop": {"stopReason": _stop_reason(shape)}})
    if shape.usage != "missing":
        events.append({"metadata": {"usage": _usage(shape), "metrics": {"latencyMs": 12}}})
    return [json.dumps(event) for event in events]


def frame(headers: dict[str, str], payload: bytes) -> bytes:
    """One message: both lengths and their CRC, the headers, the payload, the CRC of all."""
    coded = b""
    for name, value in headers.items():
        text = value.encode()
        coded += struct.pack(">B", len(name)) + name.encode()
        coded += struct.pack(">BH", _TEXT, len(text)) + text
    lengths = struct.pack(">II", 16 + len(coded) + len(payload), len(coded))
    body = lengths + struct.pack(">I", zlib.crc32(lengths)) + coded + payload
    return body + struct.pack(">I", zlib.crc32(body))


def frame_of(event: str) -> bytes:
    """The message that carries an event of stream_events(), or an exception."""
    ((name, payload),) = json.loads(event).items()
    kind = "exception" if name.endswith("Exception") else "event"
    headers = {
        f":{kind}-type": name, ":content-type": "application/json", ":message-type": kind,
    }  # fmt: skip
    return frame(headers, json.dumps(payload).encode())


def error(message: str) -> str:
    return json.dumps({"message": message})
