"""The providers that the live suite knows: what must be in the environment, how each is configured,
and which small model is asked. A provider whose variables are missing is skipped."""

from __future__ import annotations

import os
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Live:
    kind: str
    model: str  # TANDEM_LIVE_<KIND>_MODEL replaces it
    needs: tuple[str, ...]  # variables; the first one is the key
    config: dict = field(default_factory=dict)
    from_environment: dict = field(default_factory=dict)  # configuration key -> variable
    references: dict = field(default_factory=dict)  # the same for further secrets

    @property
    def present(self) -> bool:
        return all(os.environ.get(name) for name in self.needs)

    @property
    def asked_model(self) -> str:
        name = f"TANDEM_LIVE_{self.kind.upper().replace('-', '_')}_MODEL"
        return os.environ.get(name) or self.model

    def provider(self) -> dict:
        taken = {key: os.environ[name] for key, name in self.from_environment.items()}
        secrets = {key: f"env:{name}" for key, name in self.references.items()
                   if os.environ.get(name)}
        return {"kind": self.kind, "api_key": f"env:{self.needs[0]}", **self.config, **taken,
                **secrets}


LIVE = [
    Live("openai", "gpt-4o-mini", ("OPENAI_API_KEY",), {"base_url": "https://api.openai.com/v1"}),
    Live("anthropic", "claude-haiku-4-5", ("ANTHROPIC_API_KEY",)),
    Live("azure", "gpt-4o-mini", ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT"),
         from_environment={"base_url": "AZURE_OPENAI_ENDPOINT"}),
    Live("bedrock", "eu.amazon.nova-lite-v1:0",
         ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"),
         from_environment={"region": "AWS_REGION"},
         references={"secret_key": "AWS_SECRET_ACCESS_KEY", "session_token": "AWS_SESSION_TOKEN"}),
    Live("cohere", "command-r7b-12-2024", ("COHERE_API_KEY",)),
    Live("gemini", "gemini-2.5-flash-lite", ("GEMINI_API_KEY",)),
    Live("vertex", "gemini-2.5-flash-lite",
         ("GOOGLE_SERVICE_ACCOUNT_JSON", "GOOGLE_CLOUD_PROJECT"),
         from_environment={"project": "GOOGLE_CLOUD_PROJECT"}),
    Live("mistral", "mistral-small-latest", ("MISTRAL_API_KEY",)),
    Live("groq", "llama-3.1-8b-instant", ("GROQ_API_KEY",)),
    Live("deepseek", "deepseek-chat", ("DEEPSEEK_API_KEY",)),
    Live("together", "meta-llama/Llama-3.2-3B-Instruct-Turbo", ("TOGETHER_API_KEY",)),
    Live("openrouter", "openai/gpt-4o-mini", ("OPENROUTER_API_KEY",)),
    Live("xai", "grok-3-mini", ("XAI_API_KEY",)),
]  # fmt: skip
