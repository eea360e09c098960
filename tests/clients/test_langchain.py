"""LangChain with its packages for OpenAI and Anthropic, unmodified."""

from __future__ import annotations

import asyncio

import pytest
from calls import until
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel
from upstream import Shape
from upstream.answers import embedding_vector

TEXT = Shape().text
CLIENTS = ["openai", "anthropic"]
ENDPOINTS = ["chat", "claude"]  # behind them: an OpenAI provider, an Anthropic one


@tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


class City(BaseModel):
    """A city and how many live there."""

    city: str
    people: int = 0


@pytest.fixture
def made(two_dialects):
    return two_dialects.make_key()


@pytest.fixture
def model(two_dialects, made):
    def make(client: str, endpoint: str = "chat", **fields):
        fields = {"max_retries": 0, "max_tokens": 50, "timeout": 20, **fields}
        if client == "openai":
            return ChatOpenAI(model=endpoint, base_url=two_dialects.url + "/v1",
                              api_key=made["key"], **fields)  # fmt: skip
        return ChatAnthropic(model=endpoint, base_url=two_dialects.url, api_key=made["key"],
                             **fields)  # fmt: skip

    return make


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_invoke_and_stream(model, client, endpoint):
    chat = model(client, endpoint)
    answer = chat.invoke([SystemMessage("Be brief."), HumanMessage("Hello there")])
    assert answer.text == TEXT
    assert answer.usage_metadata["input_tokens"] == 20
    assert answer.usage_metadata["output_tokens"] == 9
    whole, pieces = None, []
    asking = {"stream_usage": True} if client == "openai" else {}
    for chunk in chat.stream("Hello there", **asking):
        whole = chunk if whole is None else whole + chunk
        pieces.append(chunk.text)
    assert [piece for piece in pieces if piece] == Shape().words
    assert whole.usage_metadata["output_tokens"] == 9


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("streamed", [False, True])
def test_tools(model, upstream, client, endpoint, streamed):
    upstream.queue("tool_call", "normal;text=It is sunny.")
    chat = model(client, endpoint).bind_tools([get_weather])
    turns = [HumanMessage("How is the weather in Lyon?")]
    if streamed:
        asked = None
        for chunk in chat.stream(turns):
            asked = chunk if asked is None else asked + chunk
    else:
        asked = chat.invoke(turns)
    [call] = asked.tool_calls
    assert (call["name"], call["args"]) == ("get_weather", {"city": "Lyon"})
    told = ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"])
    turns += [AIMessage(content=asked.content, tool_calls=asked.tool_calls), told]
    assert chat.invoke(turns).text == "It is sunny."
    assert "sunny" in str(upstream.requests[-1].json["messages"][-1])


def test_structured_output(model, upstream):
    upstream.queue('normal;text={"city":"Lyon","people":520774}')
    shaped = model("openai").with_structured_output(City, method="json_schema")
    assert shaped.invoke("Lyon?") == City(city="Lyon", people=520774)
    assert upstream.requests[-1].json["response_format"]["json_schema"]["schema"]["properties"]


@pytest.mark.parametrize("client", CLIENTS)
def test_structured_output_by_a_tool(model, upstream, client):
    """The way of models that know no schema: the answer is a call of a tool of that name."""
    upstream.queue("normal;tool=City")
    shaped = model(client).with_structured_output(City, method="function_calling")
    assert shaped.invoke("Lyon?") == City(city="Lyon")


@pytest.mark.parametrize("client", CLIENTS)
def test_batch_and_async(model, two_dialects, made, client):
    """Calls side by side: each its own answer, each its own row."""
    chat = model(client)
    answers = chat.batch([f"Question {number}" for number in range(12)])
    assert [answer.text for answer in answers] == [TEXT] * 12

    async def together():
        return await asyncio.gather(*(chat.ainvoke("Hello") for _ in range(8)))

    assert [answer.text for answer in asyncio.run(together())] == [TEXT] * 8
    rows = until(lambda: len(found := two_dialects.ledger(key_id=made["id"])) == 20 and found, 2,
                 "the rows")  # fmt: skip
    assert len({row["request_id"] for row in rows}) == 20


def test_embeddings(two_dialects, made):
    embed = OpenAIEmbeddings(model="embed", base_url=two_dialects.url + "/v1", api_key=made["key"],
                             check_embedding_ctx_length=False)  # fmt: skip
    assert embed.embed_documents(["first", "second"]) == [
        embedding_vector("first"), embedding_vector("second")]
    assert embed.embed_query("third") == embedding_vector("third")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_stream_that_breaks_is_thrown(model, upstream, client):
    upstream.queue("cut_mid_event;after=6")
    pieces = []
    with pytest.raises(Exception, match=".+") as thrown:
        pieces.extend(chunk.text for chunk in model(client).stream("Hello"))
    assert "APIError" in [kind.__name__ for kind in type(thrown.value).__mro__]
    assert TEXT.startswith("".join(pieces)) and "".join(pieces) != TEXT


@pytest.mark.parametrize("client", CLIENTS)
def test_tries_of_the_client(model, upstream, client):
    upstream.queue("status_500", "status_429;retry_after=0")
    assert model(client, max_retries=3).invoke("Hello").text == TEXT
    assert len(upstream.requests) == 3
