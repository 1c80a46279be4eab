"""`oxtui template`: exactly what is pasted, and never a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.clock import Clock
from tests.core.cli_help import Ended, Run, config_with, program, runner

REVERSAL = {
    "domain": "Example.COM.",
    "when-did-it-start": "2026-11-03",
    "dns": "dns with us",
    "mx": "Resolving to OX Mail? No",
    "was-ox-mail-cancelled": "no",
    "license-upgraded": "Yes, Upgraded to Business Basic",
    "ox-mail-email": "anna@example.com, Ben@example.com",
}


@pytest.fixture
def run(home: Path, clock: Clock, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


def filled(run: Run, name: str, **values: str) -> Ended:
    settings = [word for key, value in values.items() for word in ("--set", f"{key.replace('_', '-')}={value}")]
    return run("template", name, *settings)


def test_the_reversal(run: Run) -> None:
    ended = filled(run, "o365-reversal", **REVERSAL)
    assert ended.out == (
        "TEMPLATE : O365 Reversal\n"
        "Domain : example.com\n"
        "Issue : Office365 reversal\n"
        "Authenticated : \n"
        "When did it start : 03/11/2026\n"
        "DNS : DNS with us\n"
        "MX : Resolving to OX Mail? No\n"
        "Was OX-Mail Cancelled : No\n"
        "License upgraded : Yes, Upgraded to Business Basic\n"
        "Was OX-Mail Cancelled : No\n"
        "Accounts that need reversals and their credentials\n"
        "OX-MAIL Email : password\n"
        "anna@example.com : \n"
        "Ben@example.com : \n"
    )
    assert ended.code == 1
    assert ended.err.splitlines() == [
        "oxtui: missing: Authenticated",
        "oxtui: missing: OX-MAIL Email anna@example.com",
        "oxtui: missing: OX-MAIL Email Ben@example.com",
    ]


def test_a_whole_template_is_0(run: Run) -> None:
    ended = filled(run, "i-dont-want-ox-mail", domain="info@example.com")
    assert (ended.code, ended.err) == (0, "")
    assert ended.lines[:2] == ["I DONT WANT OX-MAIL", "Domain : example.com"]


@pytest.mark.parametrize("name", ["ox-mail-resync", "ox-mail-issues"])
def test_the_others_have_short_dates_and_a_line_a_mailbox(run: Run, name: str) -> None:
    key = "email-account-with-issue" if name == "ox-mail-issues" else "ox-mail-email"
    ended = run("template", name, "--set", "when-did-it-start=yesterday", f"--set={key}=a@b.example;c@d.example")
    assert "When did it start : 21/11/26" in ended.lines
    label = "Email Account with issue" if name == "ox-mail-issues" else "OX-MAIL Email"
    assert ended.lines[-2:] == [f"{label} : a@b.example", f"{label} : c@d.example"]
    assert ended.code == 1 and "missing: Authenticated" in ended.err and f"missing: {label}" not in ended.err


def test_without_any_value_every_line_is_named_once(run: Run) -> None:
    ended = run("template", "o365-reversal")
    missing = [line.removeprefix("oxtui: missing: ") for line in ended.err.splitlines()]
    assert missing == [
        "Domain",
        "Authenticated",
        "When did it start",
        "DNS",
        "MX",
        "Was OX-Mail Cancelled",
        "License upgraded",
        "OX-MAIL Email",
    ]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("authenticated=Yes", "'Authenticated' cannot be set"),
        ("Authenticated=Yes", "'Authenticated' cannot be set"),
        ("issue=something", "'Issue' cannot be set"),
        ("when-did-it-begin=today", "(did you mean 'when-did-it-start'?)"),
        ("dns", "--set takes KEY=VALUE (keys: domain, when-did-it-start"),
        ("=x", "has no line ''"),
        ("dns=DNS with them", "one of: DNS with us | DNS Not with us"),
        ("when-did-it-start=31/02/2026", "there is no date"),
        ("domain=no dots here", "has a blank in it"),
        ("domain=localhost", "has no dot"),
    ],
)
def test_wrong_use(run: Run, setting: str, said: str) -> None:
    ended = run("template", "o365-reversal", "--set", setting)
    assert ended.code == 2 and not ended.out and said in ended.err and ended.err.count("\n") == 1


def test_an_unknown_template(run: Run) -> None:
    ended = run("template", "o365-reversals")
    assert ended.code == 2 and "(did you mean 'o365-reversal'?)" in ended.err


PASSWORD = "Tr0ub4dor&3"


@pytest.mark.parametrize(
    "setting",
    [
        f"ox-mail-email=anna@example.com : {PASSWORD}",
        f"ox-mail-email=anna@example.com:{PASSWORD}",
        f"ox-mail-email=anna@example.com {PASSWORD}",
        f"ox-mail-email=anna@example.com={PASSWORD}",
        f"ox-mail-email=anna@example.com|{PASSWORD}",
        f"ox-mail-email=anna@example.com\t{PASSWORD}",
        f"ox-mail-email=anna@example.com, {PASSWORD}",
        f"ox-mail-email=anna@example.com/{PASSWORD}",
        f"ox-mail-email={PASSWORD}",
        f"OX-MAIL-EMAIL=password: {PASSWORD}",
        f"password={PASSWORD}",
        f"{PASSWORD}=x",
        f"anna@example.com : {PASSWORD}",
    ],
)
@pytest.mark.parametrize("name", ["o365-reversal", "ox-mail-resync"])
def test_a_password_is_refused_and_not_repeated(run: Run, name: str, setting: str) -> None:
    ended = run("template", name, "--set", setting)
    assert ended.code == 2 and not ended.out
    assert not any(part in ended.err for part in (PASSWORD, "Tr0ub", "dor&3"))


def test_a_value_that_looks_like_a_password_is_told(run: Run) -> None:
    ended = run("template", "ox-mail-issues", "--set", f"subject=password: {PASSWORD}")
    assert PASSWORD not in ended.err and "looks as if it held a password" in ended.err


def test_terminal_signs_and_lines_do_not_pass(run: Run) -> None:
    ended = run("template", "ox-mail-issues", "--set", "subject=a\x1b[31mb\nTo : evil\u202e")
    assert "Subject : a[31mb To : evil" in ended.lines and "\x1b" not in ended.out


def test_it_is_utf_8_in_a_pipe(home: Path) -> None:
    done = program("template", "ox-mail-issues", "--set", "subject=Grüße 日本")
    assert "Subject : Grüße 日本" in done.stdout.splitlines()


def test_where_the_passwords_are_in_the_console_the_lines_say_so(run: Run, tmp_path: Path) -> None:
    config = config_with(tmp_path, playbook=("credentials: pasted", "credentials: in the console"))
    ended = run("template", "o365-reversal", "--config", str(config), "--set", "ox-mail-email=anna@example.com")
    assert ended.lines[-1] == "anna@example.com : in the console" and "OX-MAIL Email" not in ended.err
    assert "missing: OX-MAIL Email" in run("template", "o365-reversal", "--config", str(config)).err
