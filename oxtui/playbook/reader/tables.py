"""Write the reference tables of config/README.md from the declarations of the keys.

`<!-- keys: Item question -->` begins the table of the keys of Item that are `of` a question, and `<!-- end -->`
ends it. `named` leaves out the first key, which is the name of the entry.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from oxtui.playbook import about, dns_owners, item_parts, model, plans, template, today
from oxtui.playbook.reader import files
from oxtui.playbook.schema.keys import Key, keys_of

_DECLARING: Final = (model, template, item_parts, today, files, plans, dns_owners, about)
_PLACE: Final = re.compile(r"(<!-- keys: (\w+)((?: \w+)*) -->\n).*?(<!-- end -->)", re.DOTALL)


def with_tables(text: str) -> str:
    """Return `text` with every table written anew."""
    return _PLACE.sub(lambda match: f"{match[1]}{_table(match[2], match[3].split())}{match[4]}", text)


def _table(name: str, words: list[str]) -> str:
    declared = next(vars(module)[name] for module in _DECLARING if name in vars(module))
    keys = keys_of(declared)[1:] if "named" in words else keys_of(declared)
    of = next((word for word in words if word != "named"), "")
    rows = [
        f"| `{key.name}` | {_meaning(key)} |"
        for key in keys
        if key.rules.get("of", "") == of and key.rules["description"]
    ]
    return "\n".join(["| key | meaning |", "|---|---|", *rows, ""])


def _meaning(key: Key) -> str:
    """Describe a key with its limits and its default."""
    meaning = str(key.rules["description"])
    limits = f", {key.rules['ge']} to {key.rules['le']}" if key.rules.get("le", 9) > 9 else ""
    plain = isinstance(key.usual, str | int) and not isinstance(key.usual, bool) and key.usual
    return meaning + limits + (f" (usually `{key.usual}`)" if plain and "usual" not in meaning else "")


if __name__ == "__main__":  # python -m oxtui.playbook.reader.tables config/README.md
    for each in map(Path, sys.argv[1:]):
        each.write_text(with_tables(each.read_text("utf-8")), "utf-8")
