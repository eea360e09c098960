"""The bodies of OpenAI's Responses API, built from a Shape. Pure functions."""

from __future__ import annotations

import json

from upstream.answers import CREATED, Shape

SEALED = "gAAAAABsealed"  # what reasoning looks like to whoever did not think it


def _usage(shape: Shape) -> dict:
    zero = shape.usage == "zero"
    prompt, output = (0, 0) if zero else (shape.prompt_tokens, shape.output_tokens)
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": 0 if zero else shape.cached_tokens},
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": 0 if zero else shape.reasoning_tokens},
        "total_tokens": prompt + output,
    }


def _items(request: dict, shape: Shape, status: str) -> list[dict]:
    items = []
    if shape.reasoning_tokens:
        thought = {"id": "rs_up", "type": "reasoning",
                   "summary": [{"type": "summary_text", "text": "Let me see."}]}
        if "reasoning.encrypted_content" in request.get("include", []):
            thought["encrypted_content"] = SEALED
        items.append(thought)
    if any(tool.get("type") == "web_search" for tool in request.get("tools", [])):
        items.append({"id": "ws_up", "type": "web_search_call", "status": "completed",
                      "action": {"type": "search", "query": "x"}})
    if shape.tool:
        items.append({"id": "fc_up", "type": "function_call", "status": "completed",
                      "call_id": "call_1", "name": shape.tool, "arguments": '{"city":"Lyon"}'})
        return items
    part = {"type": "output_text", "text": shape.text, "annotations": [], "logprobs": []}
    if shape.refusal:
        part = {"type": "refusal", "refusal": shape.refusal}
    items.append({"id": "msg_up", "type": "message", "status": status, "role": "assistant",
                  "content": [part]})
    return items


def _response(request: dict, shape: Shape, *, ended: bool) -> dict:
    cut = shape.finish == "length"
    status = "in_progress" if not ended else "incomplete" if cut else "completed"
    answer = {
        "id": "resp_upstream", "object": "response", "created_at": CREATED, "status": status,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if ended and cut else None,
        "model": shape.model or request.get("model", "unknown"),
        "output": _items(request, shape, status) if ended else [],
        "store": request.get("store", True), "tools": request.get("tools", []),
        "metadata": request.get("metadata", {}),
        "usage": _usage(shape) if ended and shape.usage != "missing" else None,
    }  # fmt: skip
    return answer


def response(request: dict, shape: Shape) -> str:
    text = json.dumps(_response(request, shape, ended=True))
    return f"{text[:-1]}, {shape.extra}}}" if shape.extra else text


def _texts(item: dict, shape: Shape) -> list[dict]:
    """The events between an item's beginning and its end, without their place."""
    if item["type"] == "function_call":
        return [*({"type": "response.function_call_arguments.delta", "delta": piece}
                  for piece in ('{"city"', ':"Lyon"}')),
                {"type": "response.function_call_arguments.done", "arguments": item["arguments"]}]
    if item["type"] == "reasoning":
        at, text = {"summary_index": 0}, item["summary"][0]["text"]
        stem, part, name = "reasoning_summary_text", "reasoning_summary_part", "text"
        whole, pieces = item["summary"][0], [text[:7], text[7:]]
    elif item["type"] == "message":
        whole = item["content"][0]
        at, part = {"content_index": 0}, "content_part"
        name = "refusal" if whole["type"] == "refusal" else "text"
        stem = "refusal" if name == "refusal" else "output_text"
        text = whole[name]
        pieces = [text] if name == "refusal" else shape.pieces()
    else:
        return [{"type": "response.web_search_call.searching"}]
    return [{"type": f"response.{part}.added", **at, "part": {**whole, name: ""}},
            *({"type": f"response.{stem}.delta", **at, "delta": piece} for piece in pieces),
            {"type": f"response.{stem}.done", **at, name: text},
            {"type": f"response.{part}.done", **at, "part": whole}]


def stream_events(request: dict, shape: Shape) -> list[str]:
    """The data of each event, response.completed included."""
    begun = _response(request, shape, ended=False)
    events = [{"type": "response.created", "response": begun},
              {"type": "response.in_progress", "response": begun}]
    whole = _response(request, shape, ended=True)
    for index, item in enumerate(whole["output"]):
        empty = {"content": [], "summary": [], "arguments": "", "status": "in_progress"}
        shown = {**item, **{key: value for key, value in empty.items() if key in item}}
        shown.pop("encrypted_content", None)
        place = {"item_id": item["id"], "output_index": index}
        events.append({"type": "response.output_item.added", "output_index": index, "item": shown})
        events += [{**event, **place} for event in _texts(item, shape)]
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    events.append({"type": f"response.{whole['status']}", "response": whole})
    return [json.dumps({**event, "sequence_number": number})
            for number, event in enumerate(events)]
