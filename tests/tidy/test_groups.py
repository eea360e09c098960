"""No test is forgotten: every folder with pytest files belongs to a group of scripts/test, and
every C++ test file stands where a CMake target takes it in."""

import re
from pathlib import Path

from tree import read_tree

ROOT = Path(__file__).resolve().parents[2]


def bash_array(script, name):
    return re.search(rf"^{name}=\(([^)]*)\)", script, re.M).group(1).split()


def test_every_pytest_folder_belongs_to_a_group():
    script = (ROOT / "scripts/test").read_text()
    run = {f"tests/{name}" for name in bash_array(script, "unit_folders")
           + bash_array(script, "all_groups") + bash_array(script, "asked_groups")}
    found = {str(Path(file.path).parent) for file in read_tree(ROOT).files
             if re.fullmatch(r"test_\w+\.py", Path(file.path).name)}
    assert "tests/tidy" in found
    assert {folder for folder in found if not any(
        folder == known or folder.startswith(known + "/") for known in run)} == set()


def test_every_group_has_tests():
    """A group that scripts/test names and that has none would only ever fail."""
    for name in bash_array((ROOT / "scripts/test").read_text(), "all_groups"):
        assert name == "unit" or list((ROOT / "tests" / name).rglob("test_*.py")), name


def test_every_cpp_test_is_built():
    for file in read_tree(ROOT).files:
        if not file.path.endswith("_test.cc"):
            continue
        folder = Path(file.path).parent
        lists = [ROOT / parent / "CMakeLists.txt" for parent in [folder, *folder.parents[:-1]]]
        text = "".join(path.read_text() for path in lists if path.is_file())
        taken_in = "tandem_library(" in text or "_test\\\\.cc$" in text  # by a pattern
        assert taken_in or Path(file.path).name in text, file.path
