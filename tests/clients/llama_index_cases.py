"""LlamaIndex against a server, run in its own environment by test_llama_index.py:

    python3 llama_index_cases.py URL KEY      prints {case: what it saw} as JSON
"""

from __future__ import annotations

import asyncio
import json
import sys

from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai_like import OpenAILikeEmbedding
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel


class City(BaseModel):
    """A city and how many live there."""

    city: str
    people: int = 0


def weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


class Cases:
    def __init__(self, url: str, key: str):
        self.options = {
            "api_base": url + "/v1", "api_key": key, "is_chat_model": True, "max_retries": 0,
            "is_function_calling_model": True, "max_tokens": 50, "timeout": 20,
        }  # fmt: skip

    def llm(self, model: str = "chat", **fields):
        return OpenAILike(model=model, **{**self.options, **fields})

    def question(self):
        return [ChatMessage(role="user", content="Hello there")]

    def chat(self):
        return [self.llm(model).chat(self.question()).message.content
                for model in ("chat", "claude")]  # fmt: skip

    def complete(self):
        return self.llm().complete("Hello there").text

    def stream(self):
        return [[piece.delta for piece in self.llm(model).stream_chat(self.question())]
                for model in ("chat", "claude")]  # fmt: skip

    def tool(self):
        tools = [FunctionTool.from_defaults(weather, name="get_weather")]
        llm = self.llm("tools")
        answer = llm.chat_with_tools(tools, user_msg="How is it in Lyon?")
        [call] = llm.get_tool_calls_from_response(answer)
        return [call.tool_name, call.tool_kwargs]

    def structured(self):
        return self.llm("shaped").structured_predict(City, _prompt()).model_dump()

    def together(self):
        async def ask():
            calls = (self.llm().achat(self.question()) for _ in range(8))
            return [answer.message.content for answer in await asyncio.gather(*calls)]

        return asyncio.run(ask())

    def embeddings(self):
        embed = OpenAILikeEmbedding(
            model_name="embed", api_base=self.options["api_base"], api_key=self.options["api_key"],
        )  # fmt: skip
        return embed.get_text_embedding_batch(["first", "second"])

    def unknown_model(self):
        try:
            return self.llm("nobody").chat(self.question()).message.content
        except Exception as error:  # what its users see
            return [kind.__name__ for kind in type(error).__mro__]

    def broken_stream(self):
        try:
            return [piece.delta for piece in self.llm("broken").stream_chat(self.question())]
        except Exception as error:
            return [kind.__name__ for kind in type(error).__mro__]


def _prompt():
    from llama_index.core import PromptTemplate

    return PromptTemplate("Which city?")


def main():
    cases = Cases(sys.argv[1], sys.argv[2])
    names = [name for name in vars(Cases) if name[0] != "_" and name not in ("llm", "question")]
    print(json.dumps({name: getattr(cases, name)() for name in names}))


if __name__ == "__main__":
    main()
