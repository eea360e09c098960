"""What one answer of the upstream shall be: a name and options, written `name;key=value;…`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Script:
    name: str = "normal"
    options: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | Script) -> Script:
        if isinstance(text, Script):
            return text
        name, *pairs = text.strip().split(";")
        options = {}
        for pair in pairs:
            key, separator, value = pair.partition("=")
            if not separator:
                raise ValueError(f"expected key=value in the script {text!r}, got {pair!r}")
            options[key.strip()] = value
        return cls(name.strip().removeprefix("fault:"), options)

    def number(self, key: str, default: float) -> float:
        return float(self.options.get(key, default))

    def integer(self, key: str, default: int) -> int:
        return int(self.options.get(key, default))

    def text(self, key: str, default: str) -> str:
        return self.options.get(key, default)

    def seconds(self, key: str, default_ms: float) -> float:
        return self.number(key, default_ms) / 1000
