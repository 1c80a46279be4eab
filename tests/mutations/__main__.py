"""`python -m tests.mutations [WORD ...]`: takes things out of the core one at a time, and says which tests notice.

First the fifteen rules, each with the tests that must fail; then, with `--checks`, every `if` of the core. Each WORD
has to be in a mutation's name or file; `--list` only lists them. Exit 1 where one goes unnoticed.
"""

from __future__ import annotations

import sys

from tests.mutations import checks, rules
from tests.mutations.mutation import Mutation
from tests.mutations.run import failed


def main(words: list[str]) -> int:
    """Try all that have every one of `words`."""
    wanted = [word for word in words if not word.startswith("--")]
    found = [each for _, each in rules.mutations()]
    found += checks.mutations() if "--checks" in words else []
    unnoticed = 0
    for each in found:
        if not all(word in f"{each.file} {each.name}" for word in wanted):
            continue
        told = "" if "--list" in words else noticed(each)
        unnoticed += told.startswith("NOT")
        print(f"{each.file}  {each.name}{told and f'  <-  {told}'}", flush=True)
    return 1 if unnoticed else 0


def noticed(mutation: Mutation) -> str:
    """What notices it, or that nothing does."""
    names = failed(mutation) if mutation.tests else failed(mutation, checks.TESTS, first=True)
    missed = set(mutation.tests) - names
    if missed or not names:
        return f"NOT NOTICED by {', '.join(sorted(missed)) or 'any test'}"
    return ", ".join(sorted(names))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
