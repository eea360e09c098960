"""The bodies of Cohere's API v2, built from a Shape. Pure functions."""

from __future__ import annotations

import json

from upstream.answers import Shape, embedding_vector

_FINISH = {"stop": "COMPLETE", "length": "MAX_TOKENS", "tool_calls": "TOOL_CALL"}
PLAN = "I will look it up."
# The provider adds tokens of its own to a prompt and does not bill them.
OWN_TOKENS = 60


def _usage(shape: Shape) -> dict:
    zero = shape.usage == "zero"
    inputs, outputs = (0, 0) if zero else (shape.prompt_tokens, shape.output_tokens)
    return {
        "billed_units": {"input_tokens": inputs, "output_tokens": outputs},
        "tokens": {"input_tokens": inputs + OWN_TOKENS, "output_tokens": outputs},
    }


def _finish(shape: Shape) -> str:
    return "TOOL_CALL" if shape.tool else _FINISH.get(shape.finish, shape.finish)


def chat(request: dict, shape: Shape) -> str:
    message: dict = {"role": "assistant"}
    if shape.tool:
        call = {"name": shape.tool, "arguments": '{"city":"Lyon"}'}
        message["tool_plan"] = PLAN
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": call}]
    else:
        message["content"] = [{"type": "text", "text": shape.text}]
    answer = {"id": "chat-upstream", "finish_reason": _finish(shape), "message": message}
    if shape.usage != "missing":
        answer["usage"] = _usage(shape)
    return json.dumps(answer)


def _said(kind: str, message: dict, **fields) -> dict:
    return {"type": kind, **fields, "delta": {"message": message}}


def stream_events(request: dict, shape: Shape) -> list[str]:
    """The data of each event."""
    begun = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    events = [_said("message-start", begun, id="chat-upstream")]
    if shape.tool:
        words = PLAN.split(" ")
        for at, word in enumerate(words):
            events.append(_said("tool-plan-delta", {"tool_plan": word if at == 0 else " " + word}))
        function = {"name": shape.tool, "arguments": ""}
        call = {"id": "call_1", "type": "function", "function": function}
        events.append(_said("tool-call-start", {"tool_calls": call}, index=0))
        for piece in ('{"city"', ':"Lyon"}'):
            part = {"tool_calls": {"function": {"arguments": piece}}}
            events.append(_said("tool-call-delta", part, index=0))
        events.append({"type": "tool-call-end", "index": 0})
    else:
        block = {"content": {"type": "text", "text": ""}}
        events.append(_said("content-start", block, index=0))
        for piece in shape.pieces():
            events.append(_said("content-delta", {"content": {"text": piece}}, index=0))
        events.append({"type": "content-end", "index": 0})
    end: dict = {"finish_reason": _finish(shape)}
    if shape.usage != "missing":
        end["usage"] = _usage(shape)
    events.append({"type": "message-end", "delta": end})
    return [json.dumps(event) for event in events]


def embed(request: dict, shape: Shape) -> str:
    texts = request.get("texts", [])
    return json.dumps({
        "id": "embed-upstream",
        "embeddings": {"float": [embedding_vector(text) for text in texts]},
        "texts": texts,
        "meta": {
            "api_version": {"version": "2"},
            "billed_units": {"input_tokens": shape.prompt_tokens},
        },
    })  # fmt: skip
