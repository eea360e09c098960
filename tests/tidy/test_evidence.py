"""Pages that say which test shows what: every row has one, and every test that is named exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["docs/complaints.md", "docs/promises.md"]
PYTHON = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
CPP = re.compile(r"`(src/[\w/]+_test\.cc)::(\w+)\.(\w+)`")


def rows_of(text):
    """The cells of every row of the page's tables, headings left out."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def missing(text, root):
    found = []
    for path, name in PYTHON.findall(text):
        file = root / path
        if not file.is_file() or f"def {name}(" not in file.read_text():
            found.append(f"{path}::{name}")
    for path, suite, name in CPP.findall(text):
        file = root / path
        known = file.read_text() if file.is_file() else ""
        if not re.search(rf"TEST(?:_[FP])?\({suite},\s*{name}\)", known):
            found.append(f"{path}::{suite}.{name}")
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_row_names_tests_that_exist(page):
    text = (ROOT / page).read_text()
    rows = rows_of(text)
    assert len(rows) >= 21
    assert [row[0] for row in rows if not PYTHON.search(row[-1]) and not CPP.search(row[-1])] == []
    assert missing(text, ROOT) == []


def test_a_missing_test_would_be_found(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").write_text("def test_is():\n    pass\n")
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a_test.cc").write_text("TEST(A, Is) {}\nTEST_F(B,\n       Is) {}\n")
    good = "`tests/test_a.py::test_is` `src/a_test.cc::A.Is` `src/a_test.cc::B.Is`"
    bad = ["tests/test_a.py::test_is_not", "tests/test_b.py::test_is", "src/a_test.cc::A.IsNot"]
    assert missing(good, tmp_path) == []
    assert missing(" ".join(f"`{name}`" for name in bad), tmp_path) == bad
