"""What looks like a password is noticed in a note, and an ordinary note is not taken for one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import pytest
from hypothesis import given

from oxtui.addresses import domain_of, mailboxes_of
from oxtui.errors import WrongUse
from oxtui.text import looks_secret, secret_like
from tests.core.text_help import everything, hostile

SECRET = """
password: xyz
Password:Abc123
password = horse battery staple
passwords: Abc123!, Def456!
the password is letmein
Password is Welkom01
client's password was P@ssw0rd
password 123456
password Welkom01
pass is hunter2
PW - hunter2
pass:hunter
pw=abc
the new pw: zomer, she will change it
pwd: Sommer24!
user pw 'Geheim99!'
temp pass Qwerty123!
Pass word: Monkey12
passphrase: foo-bar-baz-qux
Passwort: Katze
wachtwoord: fietsbel
PIN: 4821
pin 4821
otp is 938472
anna@example.com : Sommer24!
anna@example.com : sonnenschein
anna@example.com: Welkom2024
anna@example.com / Welkom01!
anna@example.com Xk9#mQ2v
anna@example.com;geheim1
anna@example.com,geheim1
anna@example.com : 12345678
info@example.com|Kl4nt2024
login anna@example.com, pw Qwerty123!
mailbox info@example.com -> Wint3r!!
Anna <anna@example.com> : Zebra-7x
xK9mQ2vBz!
new one is S0mmer-2024!
S0mmer-2024
G7$kk2!pq
aB3dE5gH7j
Tr0ub4dor&3
Sommer2024!
Geheim!2024x
""".strip().splitlines()

ORDINARY = """
client asked for password reset
client forgot password
client has the password
client's password manager
ask client for the password
does the password work? no
password reset sent to client
password: reset requested
password: client will reset it tomorrow
password: unknown
password: n/a
password: ****
password: ........
pw: ?
Password was reset
password is wrong
password is with the client
password cannot be changed
password changed by client at 14:20
password protected zip
password policy: needs 8 characters
The passwords are with the client
pass this on to Platform Support
pass: the client on to SME
pass is expired
he will pass it
PIN unknown
pin the mail
JIRA OXM-1234
OXMAIL-12345 completed
PS-4411
ticket #4411-22
INC0012345
case 00123456
SF 01234567
5003z00002ABCdEAAX
C-2026-0012
domain example.com moved
example.com -> m365-deluxe-yearly
MX example-com.mail.protection.outlook.com
autodiscover.example.com CNAME
v=spf1 include:spf.protection.outlook.com -all
DKIM selector1._domainkey
AM0PR05MB1234@eurprd05.prod.outlook.com
https://sso.example.com/Login?x=1&Y=Zz
2026-11-22 14:30
2026-11-22T14:30:00Z
22/11/2026
UTC+10:00
called 020-1234567
+61 3 9123 4567
$36.00
AUD 12.50 x 7 months
50% off; 3 months
anna@example.com : done
anna@example.com: mailbox is empty
anna@example.com: restored by SME
anna@example.com: 4.2 GB
anna@example.com 25GB
anna@example.com - works
anna@example.com = primary
anna@example.com (Anna)
anna@example.com, bob@example.com
anna@example.com bob@example.com
anna@example.com, Outlook2019
anna@example.com to anna@example.net
info@example.com -> new licence
mail to anna@example.com.
from anna@example.com: Outlook asks for password again and again
M365-Business-Basic
m365-essentials-yearly
O365/OX-Mail
Office365 and Outlook2019
Exchange2016
iOS17.2 and Windows11
Android14
Galaxy-S23
Pixel8Pro
TLSv1.3
IMAP/POP3
SSL/TLS port 993
error 0x8004010F
550 5.7.1 rejected
3f2504e0-4f89-11d3-9a0c-0305e82c3301
Escalated to L2/L3
Anna/Bob
(Anna) re-sync
Q&A
client: McDonald's
""".strip().splitlines()


BLANKS = {
    "no-break": "\u00a0", "thin": "\u2009", "em": "\u2003", "figure": "\u2007", "narrow no-break": "\u202f",
    "ideographic": "\u3000", "tab": "\t", "line": "\n", "windows line": "\r\n", "line separator": "\u2028",
    "blank and line": " \n ", "no-break and tab": "\u00a0\t",
}  # fmt: skip
HIDDEN = {
    f"{name}, {kind}": text
    for name, blank in BLANKS.items()
    for kind, text in {
        "pair": f"jo@x.example{blank}:{blank}hunter2horse",
        "word for it": f"password{blank}:{blank}hunter2horse",
        "sentence": f"the password{blank}is{blank}letmein",
        "equals": f"pw{blank}={blank}zomer",
        "bar": f"jo@x.example{blank}|{blank}Welkom2024",
    }.items()
} | {
    "full-width colon": "jo@x.example\uff1ahunter2horse",
    "full-width word": "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44: hunter2",
    "ratio": "password \u2236 hunter2",
    "em dash": "password \u2014 hunter2horse",
    "zero width": "pass\u200bword: hunter2",
    "soft hyphen": "pass\u00adword: hunter2",
    "empty lines": "Password\n\n\nWelkom01",
    "pin": "PIN:\u00a04821",
    "pin below": "PIN\n4821",
    "french": "mot\u00a0de\u00a0passe : chaton12",
    "two lines": "user: jo@x.example\npass:\u00a0hunter2horse",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN.keys())
def test_no_blank_and_no_form_of_a_letter_hides_a_password(text: str) -> None:
    assert secret_like(text) is not None
    assert secret_like(f"Called back.\n{text}\nWill check.") is not None


@pytest.mark.parametrize("blank", BLANKS.values(), ids=BLANKS.keys())
def test_an_ordinary_note_with_such_blanks_is_not_taken_for_one(blank: str) -> None:
    for text in ORDINARY:
        if blank in ("\u00a0", "\u2009", "\u202f", "\u3000"):
            assert secret_like(text.replace(" ", blank)) is None, text
        assert secret_like(f"{text}{blank}") is None, text


@pytest.mark.parametrize("text", SECRET)
def test_what_looks_like_a_password_is_noticed(text: str) -> None:
    assert looks_secret(text)
    assert looks_secret(f"Called back at 14:20.\n{text}\nWill check tomorrow.")


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_note_is_not_taken_for_one(text: str) -> None:
    assert secret_like(text) is None


def test_a_password_below_a_long_mail_is_noticed() -> None:
    assert looks_secret("the client rang again\n" * 4000 + "pw: hunter2")


def test_the_reason_does_not_repeat_the_password() -> None:
    for text in SECRET:
        reason = str(secret_like(text))
        assert not any(len(word) > 3 and word in reason for word in text.split() if "pass" not in word.lower())


@hostile
@pytest.mark.parametrize("read", [secret_like, mailboxes_of, domain_of])
def test_no_text_takes_long_to_read(text: str, read: Callable[[str], object]) -> None:
    begun = time.thread_time()
    with contextlib.suppress(WrongUse):
        read(text)
    assert time.thread_time() - begun < 0.5


@given(everything)
def test_any_text_can_be_looked_at(text: str) -> None:
    assert looks_secret(text) == (secret_like(text) is not None)


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("4111 1111 1111 1111", True),
        ("card 5500-0055-5555-5559 exp 12/28", True),
        ("378282246310005", True),
        ("paid with 6011000990139424.", True),
        ("4111\u00a01111\u00a01111\u00a01111", True),
        ("4111 1111 1111 1112", False),
        ("0000 0000 0000 0000", False),
        ("case 00123456, phone 0299 555 123", False),
        ("sent 2026-11-23 10:30 to 12/9/2026", False),
    ],
)
def test_the_number_of_a_payment_card_is_seen(text: str, card: bool) -> None:
    """13 to 19 digits that pass the check of ISO/IEC 7812-1; orders are taken here."""
    assert (secret_like(text) == "a card number") is card
