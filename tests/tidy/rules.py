"""The structure rules. Each is a function Tree -> list of Violation; RULES names them all."""

import re
from dataclasses import dataclass

# One layer a line, lowest first; a folder includes itself and lower layers, never a neighbour.
LAYERS = [
    ["base"],
    ["net", "store"],
    ["identity", "audit", "trace", "cost"],
    ["engines", "registry", "tracking", "prompts", "guard", "rag", "eval", "monitor", "shadow",
     "infra"],
    ["gateway", "pipeline", "release"],
    ["app"],
]
LAYER_OF = {folder: level for level, folders in enumerate(LAYERS) for folder in folders}

MAX_FILE_LINES = 600
MAX_COLUMNS = 100

# What costs seconds in every file that includes it, or ties callers to a driver.
HEAVY = re.compile(
    r"^<boost/beast|^<boost/asio\.hpp>|^<iostream>|^<regex>|^<sqlite3\.h>|^<libpq-fe\.h>"
    r"|^[<\"]spdlog/|onnxruntime")
VAGUE_FOLDERS = {"common", "util", "utils", "helper", "helpers", "misc"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|X{3})\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:work|farm|root|tmp/plan|home/[a-z]+)/")
REGISTRY_HOST = re.compile(
    r"\b(?:deb|security|snapshot)\.debian\.org|\bpypi\.org|\bfiles\.pythonhosted\.org"
    r"|\bregistry\.npmjs\.org|\bcrates\.io|\braw\.githubusercontent\.com")


@dataclass(frozen=True)
class Violation:
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


def included_path(name):
    return name[1:-1] if name.startswith('"') else None


def include_layers(tree):
    """Includes go to the own folder or to a lower layer, and are written relative to src/."""
    found = []
    for file in tree.cpp():
        if file.folder is None:
            continue
        if file.folder not in LAYER_OF:
            found.append(Violation(file.path, 1, f"src/{file.folder} stands in no layer"))
            continue
        for line, name in file.includes:
            path = included_path(name)
            if path is None or path.startswith(("onnxruntime", "xgboost/")):
                continue
            target = path.split("/")[0] if "/" in path else None
            if target not in LAYER_OF:
                found.append(Violation(file.path, line, f'"{path}" is not "folder/file.h" below '
                                                        "src; third-party headers take <>"))
            elif target != file.folder and LAYER_OF[target] >= LAYER_OF[file.folder]:
                found.append(Violation(
                    file.path, line, f"{file.folder} may not include {target}: declare a port in "
                                     f"src/{file.folder} and let app wire it"))
    return found


def include_cycles(tree):
    """No header includes itself through others."""
    graph = {file.path: [f"src/{included_path(name)}" for _, name in file.includes
                         if included_path(name)]
             for file in tree.cpp() if file.is_header}
    found, done = [], set()

    def visit(path, trail):
        if path in trail:
            cycle = trail[trail.index(path):] + [path]
            found.append(Violation(path, 1, "include cycle: " + " -> ".join(cycle)))
            return
        if path in done or path not in graph:
            return
        for target in graph[path]:
            visit(target, trail + [path])
        done.add(path)

    for path in sorted(graph):
        visit(path, [])
    return found


def file_length(tree):
    """A file that is longer holds more than one noun."""
    return [Violation(file.path, MAX_FILE_LINES + 1,
                      f"{len(file.lines)} lines, at most {MAX_FILE_LINES}")
            for file in tree.files if file.is_source and len(file.lines) > MAX_FILE_LINES]


def line_length(tree):
    """Tables between `clang-format off` and `on`, and lines that hold an address, may be longer."""
    found = []
    for file in tree.files:
        if not file.is_source or file.suffix == ".cmake":
            continue
        table = False
        for number, line in enumerate(file.lines, 1):
            if "clang-format o" in line:
                table = "clang-format off" in line
            if len(line) > MAX_COLUMNS and not table and "://" not in line:
                found.append(Violation(file.path, number,
                                       f"{len(line)} columns, at most {MAX_COLUMNS}"))
    return found


def heavy_headers(tree):
    """Headers stay light. A *_internal.h may be heavy, and then only sources include it."""
    found = []
    for file in tree.cpp():
        if not file.is_header or file.folder is None or file.path.endswith("_internal.h"):
            continue
        for line, name in file.includes:
            if HEAVY.search(name):
                found.append(Violation(file.path, line, f"{name} in a header: move it to the .cc"))
            if name.endswith('_internal.h"'):
                found.append(Violation(file.path, line, f"{name} is only for sources"))
    return found


def header_shape(tree):
    """A header opens with a comment that says what it is, and has a guard."""
    found = []
    for file in tree.cpp():
        if file.is_header and not file.text.startswith("//"):
            found.append(Violation(file.path, 1, "the header does not open with a comment"))
        if file.is_header and "#pragma once" not in file.text:
            found.append(Violation(file.path, 1, "no #pragma once"))
    return found


def at(file, position):
    return file.code.count("\n", 0, position) + 1


def detached_tasks(tree):
    """Every task has an owner: base/async's Scope."""
    return [Violation(file.path, at(file, match.start()), "detached: spawn on a Scope instead")
            for file in tree.cpp() if not file.path.startswith("src/base/async/")
            for match in re.finditer(r"\bdetached\b", file.code)]


AWAIT_SHAPES = [
    (re.compile(r"\?[^;{}?]*\bco_await\b"), "co_await as an operand of ?: (use if and else)"),
    (re.compile(r"[\w>]\{[^{};]*\bco_await\b"), "co_await inside braces (await into a local first)"),
    (re.compile(r"(?:\breturn|[=(,])\s*\{[^{};]*\bco_await\b"),
     "co_await inside braces (await into a local first)"),
    (re.compile(r"[{,]\s*\.\w+\s*=\s*co_await\b"),
     "co_await in a designated initializer (await into a local first)"),
]


def await_shapes(tree):
    """Forms that compilers have miscompiled; tests/toolchain says which and why."""
    found = {}
    for file in tree.cpp():
        if file.path.startswith("tests/toolchain/") or "co_await" not in file.code:
            continue
        for pattern, text in AWAIT_SHAPES:
            for match in pattern.finditer(file.code):
                line = at(file, match.end())
                found.setdefault((file.path, line), Violation(file.path, line, text))
    return list(found.values())


def vague_folders(tree):
    """A folder is named after a noun of the product."""
    found = {}
    for file in tree.files:
        for part in file.path.split("/")[:-1]:
            if part.lower() in VAGUE_FOLDERS:
                found[part] = Violation(file.path, 1, f"a folder named {part} says nothing")
    return list(found.values())


def folder_readmes(tree):
    """Each capability folder explains itself on half a page."""
    paths = {file.path for file in tree.files}
    folders = {file.folder for file in tree.cpp() if file.folder}
    return [Violation(f"src/{folder}/README.md", 1, "missing")
            for folder in sorted(folders) if f"src/{folder}/README.md" not in paths]


def matches(tree, pattern, text, only=lambda file: True):
    return [Violation(file.path, number, f"{match.group(0)}: {text}")
            for file in tree.files if only(file) and not file.path.startswith("tests/tidy/")
            for number, line in enumerate(file.lines, 1)
            for match in [pattern.search(line)] if match]


def unfinished_marks(tree):
    """What is left to do is an issue, not a mark in the code."""
    return matches(tree, UNFINISHED, "file an issue or finish it")


def machine_paths(tree):
    """Nothing in the tree knows on which machine it was written."""
    return matches(tree, MACHINE_PATH, "a path of one machine")


def registry_hosts(tree):
    """Packages come from the registries that the system is set up for, whatever their address."""
    def installs(file):
        return file.path.startswith(("scripts/", ".ci/", "tests/", "cmake/", "deploy/"))
    return matches(tree, REGISTRY_HOST, "the address of a registry", installs)


RULES = [include_layers, include_cycles, file_length, line_length, heavy_headers, header_shape,
         detached_tasks, await_shapes, vague_folders, folder_readmes, unfinished_marks,
         machine_paths, registry_hosts]
