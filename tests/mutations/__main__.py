"""`python -m tests.mutations [WORD ...]`: what notices each thing taken out of the article and the program.

Each WORD (a file, a scenario, an item, a kind ...) has to be in a mutation's kind, file or name; `--list` only lists
them, `--but=FILE` leaves out those that an earlier output in FILE tells of. It takes some seconds for each, about an
hour for all. Exit 1 where one survives that survivors.py does not name.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

from tests.mutations import article, program
from tests.mutations.mutation import Mutation
from tests.mutations.run import ROOT, Result, copied, tests_for
from tests.mutations.survivors import SURVIVORS


def main(words: list[str]) -> int:
    """Try all that have every one of `words`, and print the table."""
    told = "".join(Path(word[6:]).read_text() for word in words if word.startswith("--but="))
    wanted = [word for word in words if not word.startswith("--")]
    every = [*article.mutations(ROOT), *program.mutations(ROOT)]
    for name in set(SURVIVORS) - {each.name for each in every}:
        print(f"survivors.py excuses what is no longer there: {name}", file=sys.stderr)
    found = [each for each in every if _meant(each, wanted)]
    found = [each for each in found if f" {each.name}  <-" not in told]
    if "--list" in words:
        print("\n".join(f"{each.kind:9} {each.name}" for each in found))
        return 0
    results: list[Result] = []
    began = time.monotonic()
    with copied() as copy:
        for file in {tests_for(each.file): each.file for each in found}.values():
            if broken := copy.noticed_by(file):
                print(f"before anything is taken out, this does not hold: {broken}", file=sys.stderr)
                return 2
        for each in found:
            results.append(copy.try_it(each))
            print(_row(results[-1]), flush=True)
    print(f"\n{table(results)}\n{len(results)} in {(time.monotonic() - began) / 60:.0f} minutes")
    return 1 if any(not each.by and each.mutation.name not in SURVIVORS for each in results) else 0


def _meant(mutation: Mutation, words: list[str]) -> bool:
    return all(word in f"{mutation.kind} {mutation.file} {mutation.name}" for word in words)


def _row(result: Result) -> str:
    name = result.mutation.name
    told = result.by or f"SURVIVED  {SURVIVORS.get(name, '(nobody has said why this does not matter)')}"
    return f"{result.mutation.kind:9} {name}  <-  {told}"


def table(results: list[Result]) -> str:
    """How many of each kind there were, by what they were noticed, and how many survived."""
    rows = [("file", "kind", "taken out", "loading", "proof", "tests", "survived")]
    groups = dict.fromkeys((each.mutation.file, each.mutation.kind) for each in results)
    for file, kind in groups:
        by = Counter(_by(each) for each in results if (each.mutation.file, each.mutation.kind) == (file, kind))
        counts = [by["loading"], by["proof"], by["tests"], by["survived"]]
        rows.append((file, kind, str(by.total()), *map(str, counts)))
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _by(result: Result) -> str:
    if not result.by:
        return "survived"
    return {"loading": "loading", "the proof": "proof"}.get(result.by.split(":")[0], "tests")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
