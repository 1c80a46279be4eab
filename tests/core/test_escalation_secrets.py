"""Passwords in a template: asked for, shown as dots, and never kept."""

from __future__ import annotations

from pathlib import Path

from oxtui.secret import DOTS
from tests.core.test_escalation import REVERSAL, put, sent, text, with_passwords
from tests.drive.case import THREE, Walk, changed, service_at


# -- passwords that are in the console (D14)
def test_where_the_passwords_are_in_the_console_the_lines_say_so(home: Path, tmp_path: Path) -> None:
    playbook = changed(tmp_path, "playbook.yaml", ("credentials: pasted", "credentials: in the console"))
    two = Walk(service_at(home, playbook=playbook), mailboxes=THREE).ordered(2).sent()
    put(two, "o365-reversal", when_did_it_start="2026-11-03")
    filled = two.service.filled(two.case, "o365-reversal")
    assert filled.text() == REVERSAL.replace(DOTS, "in the console")
    assert filled.text(lambda box: "hunter2") == filled.text(), "no password is put in"
    assert not filled.secret and filled.missing == ()
    assert not [each for each in filled.lines if each.mailbox and each.editable]
    nobody = Walk(service_at(tmp_path / "other", playbook=playbook), mailboxes=()).begin(2)
    assert "OX-MAIL Email" in nobody.service.filled(nobody.case, "o365-reversal").missing


# -- secrets
def test_passwords_are_dots_everywhere_but_in_the_text_that_leaves(home: Path) -> None:
    two = with_passwords(sent(home))
    filled = two.service.filled(two.case, "o365-reversal")
    assert filled.secret and filled.text().count(DOTS) == 3
    assert "hunter" not in filled.text() + repr(filled) + str(filled)
    left = filled.text(lambda box: two.service.reveal(two.id, box))
    assert left.endswith("".join(f"{box} : hunter{number}!\n" for number, box in enumerate(THREE)))
    assert DOTS not in left


def test_a_password_is_nowhere_on_the_disk(home: Path) -> None:
    two = with_passwords(sent(home))
    two.service.filled(two.case, "o365-reversal").text(lambda box: two.service.reveal(two.id, box))
    two.close("handed-over", "Sam")
    files = [path for path in home.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert not [path for path in files if b"hunter" in path.read_bytes()]
    assert two.service.reveal(two.id, THREE[0]) == "", "closing forgets them"


def test_a_pane_knows_only_the_passwords_typed_in_it_and_forgets_when_told(home: Path) -> None:
    two = with_passwords(sent(home))
    other = two.other(service_at(home))
    assert DOTS not in text(other, "o365-reversal") and other.service.reveal(two.id, THREE[0]) == ""
    two.service.forget_secrets("another-case")
    assert two.service.reveal(two.id, THREE[1]) == "hunter1!"
    two.service.forget_secrets()
    assert DOTS not in text(two, "o365-reversal")
    assert two.service.filled(two.case, "o365-reversal").missing[-3:] == tuple(f"OX-MAIL Email {box}" for box in THREE)
