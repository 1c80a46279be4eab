"""Create the smallest valid playbook, with comments on the texts to replace."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from oxtui.playbook.file_kinds import first_line, write
from oxtui.playbook.folder import SCHEMA_FOLDER

_STARTER: Final = Path(__file__).parent / "starter"


def start(folder: Path, scenarios: int) -> list[Path]:
    """Write a playbook with `scenarios` scenarios into `folder`, and return its files. Raises OSError."""
    texts = {each.name: each.read_text("utf-8") for each in sorted(_STARTER.glob("*.yaml"))}
    one = texts.pop("scenario.yaml")
    numbers = range(1, scenarios + 1)
    answers = "\n".join(
        f"      need-{n}: {{text: what scenario {n} is for, outcome: {{scenario: {n}}}}}" for n in numbers
    )
    files = {name: text.replace("{answers}", answers) for name, text in texts.items()}
    files |= {f"scenarios/{number}.yaml": one.replace("{number}", str(number)) for number in numbers}
    written = []
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{first_line(name)}\n{text}", "utf-8")
        written.append(path)
    write(folder / SCHEMA_FOLDER)
    return written
