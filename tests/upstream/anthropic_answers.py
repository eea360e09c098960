"""The bodies of Anthropic's Messages API, built from a Shape. Pure functions."""

from __future__ import annotations

import json

from upstream.answers import Shape

_STOP = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}


def _usage(shape: Shape) -> dict:
    """Anthropic's input tokens do not contain what was read from the cache."""
    zero = shape.usage == "zero"
    return {
        "input_tokens": 0 if zero else shape.prompt_tokens - shape.cached_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0 if zero else shape.cached_tokens,
        "output_tokens": 0 if zero else shape.output_tokens,
    }


def _stop_reason(shape: Shape) -> str:
    return "tool_use" if shape.tool else _STOP.get(shape.finish, shape.finish)


def _thinking(shape: Shape) -> bool:
    return shape.reasoning_tokens > 0


def _envelope(request: dict, shape: Shape) -> dict:
    return {
        "id": "msg_upstream",
        "type": "message",
        "role": "assistant",
        "model": shape.model or request.get("model", "unknown"),
    }


def message(request: dict, shape: Shape) -> str:
    content = []
    if _thinking(shape):
        content.append({"type": "thinking", "thinking": "Let me see.", "signature": "c2ln"})
    if shape.tool:
        content.append({
            "type": "tool_use", "id": "toolu_1", "name": shape.tool, "input": {"city": "Lyon"},
        })  # fmt: skip
    else:
        content.append({"type": "text", "text": shape.text})
    answer = {
        **_envelope(request, shape),
        "content": content,
        "stop_reason": _stop_reason(shape),
        "stop_sequence": None,
    }
    if shape.usage != "missing":
        answer["usage"] = _usage(shape)
    text = json.dumps(answer)
    return f"{text[:-1]}, {shape.extra}}}" if shape.extra else text


def _block(index: int, begun: dict, deltas: list[dict]) -> list[dict]:
    return [
        {"type": "content_block_start", "index": index, "content_block": begun},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def stream_events(request: dict, shape: Shape) -> list[str]:
    """The data of each event, message_stop included."""
    usage = _usage(shape)
    start = {
        **_envelope(request, shape),
        "content": [], "stop_reason": None, "stop_sequence": None,
        "usage": {**usage, "output_tokens": 1},
    }  # fmt: skip
    events = [{"type": "message_start", "message": start}, {"type": "ping"}]
    index = 0
    if _thinking(shape):
        thought = [
            {"type": "thinking_delta", "thinking": "Let me "},
            {"type": "thinking_delta", "thinking": "see."},
            {"type": "signature_delta", "signature": "c2ln"},
        ]
        events += _block(index, {"type": "thinking", "thinking": "", "signature": ""}, thought)
        index += 1
    if shape.tool:
        begun = {"type": "tool_use", "id": "toolu_1", "name": shape.tool, "input": {}}
        pieces = ['{"city"', ':"Lyon"}']
        events += _block(
            index, begun,
            [{"type": "input_json_delta", "partial_json": piece} for piece in pieces],
        )  # fmt: skip
    else:
        pieces = [{"type": "text_delta", "text": piece} for piece in shape.pieces()]
        events += _block(index, {"type": "text", "text": ""}, pieces)
    events.append({
        "type": "message_delta",
        "delta": {"stop_reason": _stop_reason(shape), "stop_sequence": None},
        "usage": {"output_tokens": usage["output_tokens"]},
    })  # fmt: skip
    events.append({"type": "message_stop"})
    return [json.dumps(event) for event in events]


def token_count(request: dict) -> str:
    """Ten tokens a message: a number that nobody would estimate."""
    return json.dumps({"input_tokens": 10 * len(request.get("messages", []))})
