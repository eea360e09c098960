"""Prints every violation of the structure rules below the current folder, or below some paths.

    python3 tests/tidy/tidy.py [PATH_PREFIX...]     exit code 1 if there is any
"""

import sys
from pathlib import Path

from rules import RULES
from tree import read_tree


def main():
    tree = read_tree(Path(__file__).resolve().parents[2])
    prefixes = tuple(sys.argv[1:]) or ("",)
    count = 0
    for rule in RULES:
        for violation in rule(tree):
            if violation.path.startswith(prefixes):
                print(f"{violation}  [{rule.__name__}]")
                count += 1
    print(f"{len(tree.files)} files, {len(RULES)} rules, {count} violations")
    sys.exit(1 if count else 0)


if __name__ == "__main__":
    main()
