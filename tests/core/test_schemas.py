"""`oxtui schema`: what an editor is told of a playbook's files is what the reader takes, and lies beside them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from oxtui.playbook.file_kinds import FILE_KINDS, first_line, kind_of, schemas
from oxtui.playbook.schema.keys import keys_of
from tests.core.cli_help import ROOT, Run, runner
from tests.core.test_load_reference import DECLARED

CONFIG = ROOT / "config"
SOUND = [CONFIG, *sorted(each.parent for each in (ROOT / "tests" / "samples").glob("*/playbook.yaml"))]
SCHEMAS = schemas()


class EditorsYaml(yaml.SafeLoader):
    """YAML 1.2, as editors read it: only `true` and `false` are booleans, and a date is a text."""

    yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in found if not tag.endswith((":bool", ":timestamp"))]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


EditorsYaml.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), ["t", "f"])


def wrong(file: str, text: str) -> list[str]:
    """What an editor underlines in a file: each place with what is wrong there."""
    found = kind_of(file)
    assert found is not None, f"no schema for {file}"
    value = _with_text_keys(yaml.load(text, EditorsYaml))
    errors = Draft202012Validator(SCHEMAS[found.name]).iter_errors(value)
    return [f"{'/'.join(map(str, each.path))}: {each.message[:160]}" for each in errors]


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _with_text_keys(each) for key, each in value.items()}
    return [_with_text_keys(each) for each in value] if isinstance(value, list) else value


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.yaml"))


@pytest.mark.parametrize("folder", SOUND, ids=[each.name for each in SOUND])
def test_sound_playbooks_fit_their_schemas(folder: Path) -> None:
    assert {file: found for file in files(folder) if (found := wrong(file, (folder / file).read_text("utf-8")))} == {}


def test_the_schemas_beside_the_shipped_playbook_are_those_of_the_reader() -> None:
    lying = {path.stem: json.loads(path.read_text("utf-8")) for path in (CONFIG / "schema").glob("*.json")}
    assert lying == SCHEMAS, "write them anew: python -m oxtui schema --out config/schema"
    for each in SCHEMAS.values():
        Draft202012Validator.check_schema(each)


def test_each_shipped_file_names_a_schema_that_is_there() -> None:
    for file in files(CONFIG):
        line = (CONFIG / file).read_text("utf-8").partition("\n")[0]
        assert line == first_line(file)
        assert (CONFIG / file).parent.joinpath(line.partition("=")[2]).is_file(), file


def test_every_key_that_the_reader_knows_is_in_a_schema() -> None:
    known = {(name, key) for document in SCHEMAS.values() for name, key in _properties(document)}
    roots = {each.declared for each in FILE_KINDS}
    for declared in DECLARED:
        for key in keys_of(declared):
            names = (declared.__name__, f"{declared.__name__}Entry", declared.what if declared in roots else "")
            named = {(name, key.name) for name in names} & known
            first = key is keys_of(declared)[0]  # of an entry of a mapping it stands before the others
            assert named or first or key.rules.get("of") == "folder", f"{declared.__name__}: {key.name}"


def _properties(schema: Any) -> list[tuple[str, str]]:
    tops = [(schema["title"], schema), *schema["$defs"].items()]
    return [(name, key) for name, each in tops for key in each.get("properties", {})]


SLIPS = [
    ("scenarios/1-does-not-want-ox-mail.yaml", "number: 1", "number: one", "number"),
    ("scenarios/1-does-not-want-ox-mail.yaml", "number: 1", "nummer: 1", "'nummer' was unexpected"),
    ("scenarios/1-does-not-want-ox-mail.yaml", "irreversible: true", "irreversible: yes", "'yes' is not of type"),
    ("scenarios/2-wants-office-365-back.yaml", "nbs: [keep-ox-mail, ox", "nbs: keep-ox-mail #", "not of type 'array'"),
    ("scenarios/2-wants-office-365-back.yaml", "fresh_for: 5d", "fresh_for: 5 days", "'5 days' does not match"),
    ("playbook.yaml", "flow:", "flows:", "'flow' is a required property"),
    ("playbook.yaml", "lapse_minutes: 60", "lapse_minutes: 6000", "greater than the maximum"),
    ("plans.yaml", 'price: "9.99"', "price: 9.99", "9.99 is not of type 'string'"),
    ("plans.yaml", 'price: "9.99"', 'price: "9,99"', "does not match"),
    ("settings.yaml", "theme:", "teme:", "'teme' was unexpected"),
    ("templates/o365-reversal.yaml", "kind: secret", "kind: password", "'password' is not one of"),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), SLIPS)
def test_an_editor_underlines_slips(file: str, old: str, new: str, told: str) -> None:
    text = (CONFIG / file).read_text("utf-8")
    assert old in text
    assert [each for each in wrong(file, text.replace(old, new, 1)) if told in each]


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


def test_the_command_prints_all_or_writes_a_file_for_each(run: Run, tmp_path: Path) -> None:
    assert json.loads(run("schema").out) == SCHEMAS
    ended = run("schema", "--out", str(tmp_path / "new" / "schema"))
    assert ended.code == 0 and len(ended.lines) == len(SCHEMAS)
    assert all(json.loads(Path(line).read_text("utf-8")) for line in ended.lines)
    (tmp_path / "file").write_text("", "utf-8")
    ended = run("schema", "--out", str(tmp_path / "file"))
    assert ended.code == 2 and "cannot be written" in ended.err
