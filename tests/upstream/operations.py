"""Answers requests that are no chats: reranks, moderations, images and audio."""

from __future__ import annotations

from upstream import operation_answers
from upstream.exchange import Exchange


async def answer_operation(exchange: Exchange) -> bool:
    """Answers what is no chat; False where it is one."""
    path = exchange.recorded.path.split("?")[0]
    content_type = exchange.recorded.header("content-type") or ""
    if path.endswith("/rerank"):
        flavour = exchange.script.text("flavour", "jina")
        await exchange.whole(200, operation_answers.rerank(exchange.request, flavour))
    elif path.endswith("/moderations"):
        await exchange.whole(200, operation_answers.moderation(exchange.request))
    elif path.endswith("/images/generations"):
        request = exchange.request
        body = operation_answers.images(request.get("n") or 1, request["model"])
        await exchange.whole(200, body)
    elif "/images/" in path:
        form = operation_answers.read_form(exchange.recorded.body, content_type)
        body = operation_answers.images(int(form.get("n", "1")), form["model"])
        await exchange.whole(200, body)
    elif path.endswith("/audio/speech"):
        await exchange.whole(200, operation_answers.MP3, {"content-type": "audio/mpeg"})
    elif "/audio/" in path:
        form = operation_answers.read_form(exchange.recorded.body, content_type)
        body, kind = operation_answers.transcription(form)
        await exchange.whole(200, body, {"content-type": kind})
    else:
        return False
    return True
