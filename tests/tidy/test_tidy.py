"""Holds the tree against the structure rules, and shows for each rule that it can fail."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import rules  # noqa: E402
from tree import read_tree  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
HEADER = "// What it is.\n#pragma once\n"


@pytest.fixture(scope="module")
def repository():
    return read_tree(ROOT)


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps(rule, repository):
    violations = rule(repository)
    assert not violations, "\n" + "\n".join(map(str, violations))


def test_the_tree_is_read(repository):
    paths = {file.path for file in repository.files}
    assert {"CMakeLists.txt", "src/base/result.h", "scripts/test", ".ci/run"} <= paths


# rule -> trees (path -> text) that break it; each must give at least one violation.
BROKEN = [
    ("include_layers", {"src/store/a.cc": '#include "cost/ledger.h"\n'}),
    ("include_layers", {"src/store/a.cc": '#include "net/exchange.h"\n'}),
    ("include_layers", {"src/store/a.cc": '#include "a.h"\n'}),
    ("include_layers", {"src/store/a.cc": '#include <fmt/core.h>\n#include "yaml-cpp/yaml.h"\n'}),
    ("include_layers", {"src/wallet/a.cc": "int a;\n"}),
    ("include_cycles", {"src/base/a.h": '#include "base/b.h"\n',
                        "src/base/b.h": '#include "base/c.h"\n',
                        "src/base/c.h": '#include "base/a.h"\n'}),
    ("file_length", {"src/base/a.cc": "int a();\n" * 601}),
    ("file_length", {"scripts/long": "#!/bin/sh\n" + "true\n" * 600}),
    ("line_length", {"src/base/a.cc": "int a = " + "1 + " * 30 + "1;\n"}),
    ("line_length", {"src/base/a.cc": "// clang-format off\n// clang-format on\n" + "/" * 101}),
    ("heavy_headers", {"src/net/a.h": HEADER + "#include <boost/beast/http.hpp>\n"}),
    ("heavy_headers", {"src/net/a.h": HEADER + "#include <boost/asio.hpp>\n"}),
    ("heavy_headers", {"src/base/a.h": HEADER + "#include <iostream>\n"}),
    ("heavy_headers", {"src/base/a.h": HEADER + "#include <regex>\n"}),
    ("heavy_headers", {"src/store/a.h": HEADER + "#include <sqlite3.h>\n"}),
    ("heavy_headers", {"src/store/a.h": HEADER + "#include <libpq-fe.h>\n"}),
    ("heavy_headers", {"src/base/a.h": HEADER + "#include <spdlog/spdlog.h>\n"}),
    ("heavy_headers", {"src/engines/a.h": HEADER + "#include <onnxruntime_c_api.h>\n"}),
    ("heavy_headers", {"src/net/a.h": HEADER + '#include "net/b_internal.h"\n'}),
    ("header_shape", {"src/base/a.h": "#pragma once\n"}),
    ("header_shape", {"src/base/a.h": "// What it is.\nint a;\n"}),
    ("detached_tasks", {"src/net/a.cc": "co_spawn(io, serve(), boost::asio::detached);\n"}),
    ("await_shapes", {"src/net/a.cc": "auto a = ready ? co_await read() : none();\n"}),
    ("await_shapes", {"src/net/a.cc": "auto a = ready ? none() : co_await read();\n"}),
    ("await_shapes", {"src/net/a.cc": "auto a = Two{.first = 1, .second = co_await read()};\n"}),
    ("await_shapes", {"src/net/a.cc": "take({co_await read(), 2});\n"}),
    ("await_shapes", {"src/net/a.cc": "co_return std::pair<int, int>{\n  co_await read(), 2};\n"}),
    ("vague_folders", {"src/base/utils/a.cc": "int a;\n"}),
    ("vague_folders", {"ui/src/helpers/a.ts": "export {}\n"}),
    ("folder_readmes", {"src/cost/a.cc": "int a;\n"}),
    ("unfinished_marks", {"src/base/a.cc": "// TO" "DO: later\n"}),
    ("unfinished_marks", {"docs/a.md": "FIX" "ME\n"}),
    ("machine_paths", {"docs/a.md": "see /ro" "ot/.cache\n"}),
    ("machine_paths", {"scripts/a.sh": "cd /wo" "rk/main\n"}),
    ("registry_hosts", {"scripts/a.sh": "curl https://py" "pi.org/simple\n"}),
]

# Near misses: no rule may speak up.
CLEAN = [
    {"src/store/a.cc": '#include "base/result.h"\n#include "store/db.h"\n#include <sqlite3.h>\n',
     "src/store/README.md": "Store.\n"},
    {"src/net/b_internal.h": HEADER + "#include <boost/beast/http.hpp>\n", "src/net/README.md": ""},
    {"src/base/async/a.cc": "co_spawn(io, run(), detached);\n", "src/base/README.md": ""},
    {"src/net/README.md": "", "src/net/a.cc": """\
// detached is only a word here, and so is Two{co_await read()}.
Task<void> f() {
  const char* text = "detached ? co_await : {co_await}";
  if (auto a = co_await read()) {
    co_await write(big ? 1 : 2);
  } else {
    co_await close();
  }
  auto b = co_await read();
  co_return Two{.first = 1, .second = std::move(b)};
}
"""},
    {"src/base/README.md": "", "src/base/table.cc": "// clang-format off\n" + "/" * 150 + "\n"},
    {"scripts/a.sh": "mktemp -d /tmp/tandem.XX" "XXXX; echo ${HOME:-/root}\n"},
]


def make_tree(folder, files):
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return read_tree(folder)


@pytest.mark.parametrize("name,files", BROKEN, ids=lambda value: value if isinstance(value, str)
                         else "+".join(value))
def test_a_seeded_violation_is_found(name, files, tmp_path):
    assert getattr(rules, name)(make_tree(tmp_path, files))


@pytest.mark.parametrize("files", CLEAN, ids=range(len(CLEAN)))
def test_a_near_miss_passes(files, tmp_path):
    tree = make_tree(tmp_path, files)
    assert [str(found) for rule in rules.RULES for found in rule(tree)] == []


def test_every_rule_has_a_seeded_violation():
    assert {name for name, _ in BROKEN} == {rule.__name__ for rule in rules.RULES}
