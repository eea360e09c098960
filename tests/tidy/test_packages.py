"""Every Debian package that the build found on this machine is one that scripts/setup installs: a
machine that has more than that would hide a package that was forgotten."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build/dev/CMakeCache.txt"


def listed_packages():
    lines = (ROOT / "scripts/lib/packages.txt").read_text().splitlines()
    return {line.split()[1] for line in lines if line and not line.startswith("#")}


def installed_packages():
    """name -> names that it depends on, of every installed package."""
    output = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package}\t${Provides}\t${Pre-Depends}, ${Depends}\n"],
        check=True, capture_output=True, text=True).stdout
    depends = {}
    for line in output.splitlines():
        name, provides, needs = line.split("\t")
        wanted = {re.split(r"[ :(]", part.strip())[0] for part in re.split(r"[,|]", needs)} - {""}
        for alias in [name, *re.findall(r"[a-z0-9][a-z0-9+.-]+", provides)]:
            depends.setdefault(alias, set()).update(wanted if alias == name else {name})
    return depends


def with_dependencies(names, depends):
    found, open_names = set(), list(names)
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names.extend(depends.get(name, ()))
    return found


def owners(paths):
    """path -> package, of those that dpkg installed, named as now or before /usr was merged."""
    spelled = {spelling: path for path in paths
               for spelling in (path, path.removeprefix("/usr"), str(Path(path).resolve()))}
    output = subprocess.run(["dpkg-query", "-S", *spelled], capture_output=True, text=True).stdout
    found = {}
    for line in output.splitlines():
        packages, _, path = line.partition(": ")
        if path in spelled and "diversion" not in packages:
            found[spelled[path]] = packages.split(",")[0].split(":")[0]
    return found


def build_paths(cache_text):
    """Files, and the folders of packages, below /usr that CMake's cache names."""
    return sorted(set(re.findall(r"^(?!CMAKE_INSTALL)[\w.-]+:(?:FILEPATH|PATH)=(/usr/[^;\n]+)$",
                                 cache_text, re.M)) - {"/usr/include"})


@pytest.mark.skipif(not CACHE.is_file(), reason="build/dev is not configured")
def test_what_the_build_found_is_what_setup_installs():
    paths = build_paths(CACHE.read_text())
    assert len(paths) > 20
    depends = installed_packages()
    installs = with_dependencies(listed_packages() & depends.keys(), depends)
    forgotten = {path: package for path, package in owners(paths).items()
                 if package not in installs}
    assert not forgotten


def test_a_forgotten_package_would_be_found():
    depends = {"a-dev": {"a1"}, "a1": {"libc6"}, "libc6": set(), "b-dev": {"libc6"}}
    assert with_dependencies({"a-dev"}, depends) == {"a-dev", "a1", "libc6"}
    assert owners(["/usr/bin/dpkg-query", "/usr/nothing"]) == {"/usr/bin/dpkg-query": "dpkg"}
    assert build_paths("fmt_DIR:PATH=/usr/lib/cmake/fmt\nX:STRING=/usr/a\nB:FILEPATH=/opt/b\n") == [
        "/usr/lib/cmake/fmt"]
