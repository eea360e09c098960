"""The files that the structure rules look at, read once, with C++ comments and strings blanked."""

import re
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

CPP = (".cc", ".h")
SCRIPTS = (".py", ".sh", ".ts", ".tsx", ".cmake")
TEXT = CPP + SCRIPTS + (".md", ".txt", ".yaml", ".yml", ".json", ".sql", ".proto", ".service",
                        ".toml", ".in", ".html", ".css", ".lock", "")
# Data that tests read; its content is not ours to format.
DATA = re.compile(r"(^|/)(testdata|corpus|node_modules|dist)/|package-lock\.json$|LICENSE$")

_TOKENS = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^()\\\s]{0,16})\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"'
    r"|(?<![0-9A-Fa-f])'(?:[^'\\\n]|\\.)+'", re.S)


def blank(text):
    """C++ text whose comments and literals are spaces, lines kept."""
    def hide(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return _TOKENS.sub(hide, text)


@dataclass
class File:
    path: str  # relative to the root, with slashes
    text: str = field(repr=False)

    @cached_property
    def lines(self):
        return self.text.splitlines()

    @cached_property
    def code(self):
        return blank(self.text)

    @cached_property
    def includes(self):
        """(line number, "name" or <name>) of every include."""
        found = []
        for number, line in enumerate(self.lines, 1):
            if match := re.match(r'\s*#\s*include\s+([<"][^>"]+[>"])', line):
                found.append((number, match.group(1)))
        return found

    @property
    def suffix(self):
        return Path(self.path).suffix

    @property
    def folder(self):
        """The capability folder of a file below src/, else None."""
        parts = self.path.split("/")
        return parts[1] if parts[0] == "src" and len(parts) > 2 else None

    @property
    def is_cpp(self):
        return self.suffix in CPP

    @property
    def is_header(self):
        return self.suffix == ".h"

    @property
    def is_source(self):
        return self.suffix in CPP + SCRIPTS or self.text.startswith("#!")


@dataclass
class Tree:
    files: list[File] = field(default_factory=list, repr=False)

    def cpp(self):
        return [file for file in self.files if file.is_cpp]


def read_tree(root):
    """Everything that git knows or could add below `root`; without git, everything."""
    root = Path(root)
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True)
    if (root / ".git").exists() and listed.returncode == 0:
        names = sorted(set(listed.stdout.split("\0")) - {""})
    else:
        names = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    files = []
    for name in names:
        path = root / name
        if path.suffix not in TEXT or DATA.search(name) or not path.is_file() or path.is_symlink():
            continue
        try:
            files.append(File(name, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return Tree(files)
