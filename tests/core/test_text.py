"""Text from outside: nothing hostile is left in it, and nothing honest is lost."""

from __future__ import annotations

import contextlib
import re
import sys
import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from oxtui.errors import WrongUse
from oxtui.text import cells, clean, clip, domain_of, looks_secret, mailboxes_of, secret_like
from tests.core.hostile import HOSTILE, SHORT

# What was seen to act on a terminal or to hide, written down apart from the code under test.
ACTS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
everything = st.text(st.characters(exclude_categories=()))  # lone surrogates, too
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
short = pytest.mark.parametrize("text", SHORT.values(), ids=SHORT.keys())


# -- clean


def assert_clean(text: str) -> None:
    for lines in (False, True):
        cleaned = clean(text, lines=lines)
        assert not ACTS.search(cleaned)
        assert lines or not re.search(r"[\t\n]", cleaned)
        assert clean(cleaned, lines=lines) == cleaned
        assert unicodedata.is_normalized("NFC", cleaned)
        cleaned.encode("utf-8")


@hostile
def test_nothing_hostile_is_left(text: str) -> None:
    assert_clean(text)


@given(everything)
def test_nothing_hostile_is_left_in_any_text(text: str) -> None:
    assert_clean(text)


@given(st.text(st.sampled_from("\x1b]52;c\x07\x9b\u200d\ufe0f\u0301\u0300e\r\n\t\u2028\ud83d\ude00\U000e0041가ᄀ")))
@example("e\u200b\u0301")  # a mark that joins its letter once the invisible between them is gone
@example("\u1100\u200b\u1161")
def test_nothing_hostile_is_left_in_mixtures(text: str) -> None:
    assert_clean(text)


def test_no_character_of_unicode_gets_through_that_steers_or_hides() -> None:
    shown_formats = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
    left = []
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        cleaned = clean(character)
        assert clean(cleaned) == cleaned and len(cleaned) <= 3
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and cleaned not in ("", " "):
            left.append(character)
    assert set(left) == shown_formats  # number signs of Arabic and the like, which are drawn


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "plain",
        "bücher 日本 한국 שלום مرحبا ที่อยู่ बोद",
        "😀🎉",
        "[bold]x[/]",
        "a\u00a0b",
        "%s {x} $(id)",
        "it's £1",
    ],
)
def test_what_is_honest_stays_as_it_is(text: str) -> None:
    assert clean(text) == clean(text, lines=True) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "one_line", "lines"),
    [
        ("a\nb", "a b", "a\nb"),
        ("a\r\nb", "a b", "a\nb"),
        ("a\rb", "a b", "a\nb"),
        ("a\n\n\tb", "a b", "a\n\n\tb"),
        ("a\u2028b\u2029c\x85d\ve\ff", "a b c d e f", "a\nb\nc\nd\ne\nf"),
        ("e\u0301", "é", "é"),
        ("e\u200b\u0301", "é", "é"),
        ("\x1b]52;c;aGk=\x07", "]52;c;aGk=", "]52;c;aGk="),
        ("\ufeffexample.com\0", "example.com", "example.com"),
        ("❤\ufe0f", "❤", "❤"),
        ("👩\u200d👧", "👩👧", "👩👧"),
        ("e" + "\u0323" * 50, "\u1eb9" + "\u0323" * 8, "\u1eb9" + "\u0323" * 8),
    ],
)
def test_line_breaks_and_marks(text: str, one_line: str, lines: str) -> None:
    assert clean(text) == one_line
    assert clean(text, lines=True) == lines


@pytest.mark.parametrize("text", [t for t in HOSTILE.values() if len(t) >= 50_000])
def test_long_text_is_kept_whole_and_cleaned_fast(text: str) -> None:
    begun = time.perf_counter()
    clean(text, lines=True)
    assert time.perf_counter() - begun < 0.25
    assert len(clean("x" * 100_000)) == 100_000


# -- cells and clip


@hostile
@pytest.mark.parametrize("width", [0, 1, 2, 7, 40])
def test_a_cut_text_never_takes_more_room(text: str, width: int) -> None:
    for given_text in (clean(text), text):
        cut = clip(given_text, width)
        assert cell_len(cut) <= width
        if cut != given_text and width:
            assert cut.endswith("…") and given_text.startswith(cut[:-1])


@given(everything, st.integers(-1, 30), st.sampled_from(["…", "", "...", "日"]))
def test_any_text_is_cut_to_any_width(text: str, width: int, sign: str) -> None:
    cut = clip(text, width, sign)
    assert cell_len(cut) <= max(0, width)
    if width > 0 and cell_len(text) <= width:
        assert cut == text


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("example.com", 11, "example.com"),
        ("example.com", 10, "example.c…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("日本語", 1, "…"),
        ("日本語", 0, ""),
        ("éé\u0323é", 2, "é…"),
        ("e\u0323\u0323e\u0323\u0323e", 2, "e\u0323\u0323…"),
        ("שלום עולם", 5, "שלום…"),
        ("", 3, ""),
    ],
)
def test_where_it_is_cut(text: str, width: int, cut: str) -> None:
    assert clip(text, width) == cut


def test_another_sign_and_one_that_has_no_room() -> None:
    assert clip("abcdef", 5, "...") == "ab..."
    assert clip("abcdef", 2, "...") == "ab"
    assert clip("abcdef", 3, "") == "abc"


def test_cutting_takes_time_for_what_is_shown_only() -> None:
    text = "é" * 1_000_000
    begun = time.perf_counter()
    for _ in range(100):
        clip(text, 40)
    assert (time.perf_counter() - begun) / 100 < 0.002


def test_cells_counts_what_a_terminal_does() -> None:
    assert [cells(t) for t in ("", "abc", "日本", "e\u0323", "a日")] == [0, 3, 4, 1, 3]


# -- domains


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("example.com", "example.com"),
        ("  Example.COM.  ", "example.com"),
        ("<example.com>", "example.com"),
        ("www.example.com", "example.com"),
        ("www.com", "www.com"),
        ("sub.example.co.uk", "sub.example.co.uk"),
        ("anna@Example.com", "example.com"),
        ("anna@www.example.com", "www.example.com"),
        ("Anna Doe <anna@example.com>", "example.com"),
        ("mailto:Anna@Example.com?subject=Hi%20there", "example.com"),
        ("MAILTO:anna@example.com", "example.com"),
        ("https://Example.com", "example.com"),
        ("https://www.example.com/path/x.html?q=a@b.example#top", "example.com"),
        ("http://user:Zebra-7@example.com:8443/x", "example.com"),
        ("user:Zebra-7@example.com", "example.com"),
        ("//example.com/", "example.com"),
        ("ftp://example.com", "example.com"),
        ("example.com:443", "example.com"),
        ("example.com/", "example.com"),
        ("example.com?x", "example.com"),
        ("\u200bexample.com\r\n", "example.com"),
        ("ex\u00adample.com", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("straße.de", "xn--strae-oqa.de"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
        ("anna@bücher.example", "xn--bcher-kva.example"),
        ("3com.com", "3com.com"),
        ("a-b.example", "a-b.example"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
    ],
)
def test_a_domain_is_found(text: str, domain: str) -> None:
    assert domain_of(text) == domain


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no domain was given"),
        ("  \u200b ", "no domain was given"),
        ("localhost", "has no dot"),
        ("anna", "has no dot"),
        ("exam ple.com", "has a blank in it"),
        ("example.com, example.net", "more than one domain"),
        ("a@example.com b@example.net", "more than one domain"),
        ("a@b@example.com", "more than one domain"),
        ("10.0.0.1", "is an IP address"),
        ("http://10.0.0.1:80/", "is an IP address"),
        ("2001:db8::1", "is an IP address"),
        ("http://[::1]:80/", "is an IP address"),
        ("example..com", "two dots in a row"),
        (".example.com", "two dots in a row or begins with one"),
        ("-example.com", "begins or ends with '-'"),
        ("example-.com", "begins or ends with '-'"),
        ("_dmarc.example.com", "has '_' in it"),
        ("*.example.com", "has '*' in it"),
        ("exam!ple.com", "has '!' in it"),
        ("😀.example", "has '😀' in it"),
        ("example.123", "ends in a number"),
        ("example.c", "ends in a single letter"),
        ("a" * 64 + ".com", "label longer than 63"),
        ("ü" * 60 + ".com", "label longer than 63"),
        ("a." * 130 + "com", "longer than the 253"),
        ("http://", "no domain"),
        ("anna@", "no domain"),
    ],
)
def test_what_is_no_domain_is_refused_in_plain_words(text: str, says: str) -> None:
    with pytest.raises(WrongUse) as caught:
        domain_of(text)
    assert says in caught.value.message and len(caught.value.message) < 160 and caught.value.hint


def test_the_password_of_a_url_is_not_repeated() -> None:
    with pytest.raises(WrongUse) as caught:
        domain_of("https://user:Zebra-7@localhost/")
    assert "Zebra" not in str(caught.value)


def test_names_agree_with_the_idna_package() -> None:
    idna = pytest.importorskip("idna")
    for name in (
        "bücher",
        "straße",
        "faß",
        "ελληνικά",
        "königsgäßchen",
        "日本語",
        "한국",
        "правда",
        "ไทย",
        "שלום",
        "ÅNGSTRÖM",
    ):
        assert domain_of(f"{name}.example") == idna.encode(f"{name}.example", uts46=True).decode()


def assert_domain_or_refusal(text: str) -> None:
    try:
        domain = domain_of(text)
    except WrongUse as error:
        assert "\n" not in error.message and not ACTS.search(error.message)
    else:
        assert re.fullmatch(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", domain)
        assert domain_of(domain) in (domain, domain.removeprefix("www."))


@hostile
def test_hostile_text_is_a_domain_or_refused(text: str) -> None:
    assert_domain_or_refusal(text)


@given(everything | st.from_regex(r"\A[a-zA-Zü0-9.:/@ -]{1,30}\.[a-z]{1,4}\Z"))
def test_any_text_is_a_domain_or_refused(text: str) -> None:
    assert_domain_or_refusal(text)


# -- mailboxes


@pytest.mark.parametrize(
    ("text", "mailboxes"),
    [
        ("", []),
        (" ,;\n", []),
        ("anna@example.com", ["anna@example.com"]),
        ("a@x.com, b@x.com;c@x.com d@x.com\ne@x.com\r\nf@x.com\tg@x.com", [f"{c}@x.com" for c in "abcdefg"]),
        ("Anna@Example.COM, anna@example.com", ["Anna@example.com"]),
        ("Anna Doe <anna@x.com>", ["anna@x.com"]),
        ("Anna Doe <anna@x.com>, Bob <bob@x.com>", ["anna@x.com", "bob@x.com"]),
        ('"Doe, Anna" <anna@x.com>; bob@x.com', ["anna@x.com", "bob@x.com"]),
        ("Doe, Anna <anna@x.com>; Roe, Jan <jan@x.com>", ["anna@x.com", "jan@x.com"]),
        ("bob@x.com, Doe, Anna <anna@x.com>", ["bob@x.com", "anna@x.com"]),
        ("Anna <anna@x.com> Bob <bob@x.com> carl@x.com", ["anna@x.com", "bob@x.com", "carl@x.com"]),
        ("<anna@x.com>", ["anna@x.com"]),
        ("mailto:anna@x.com", ["anna@x.com"]),
        ("(anna@x.com).", ["anna@x.com"]),
        ("'anna@x.com'", ["anna@x.com"]),
        ("o'neill+tag@x.com", ["o'neill+tag@x.com"]),
        ("anna@bücher.example", ["anna@xn--bcher-kva.example"]),
        ("\u200banna@x.com\u200b", ["anna@x.com"]),
    ],
)
def test_mailboxes_are_found(text: str, mailboxes: list[str]) -> None:
    assert mailboxes_of(text) == mailboxes


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("anna", "'anna' is not a mail address: it has no @"),
        ("anna@x.com bob", "'bob' is not a mail address"),
        ("anna@x.com, bob.x.com, carl@x.com", "'bob.x.com' is not a mail address"),
        ("bob.x.com, Anna <anna@x.com>", "'bob.x.com' is not a mail address"),
        ("bob\nAnna <anna@x.com>", "'bob' is not a mail address"),
        ("anna@localhost", "'anna@localhost' has no dot"),
        ("anna@@x.com", "two @"),
        ("@x.com", "nothing stands before the @"),
        ("anna@", "nothing stands after the @"),
        ("anna..b@x.com", "a dot is out of place"),
        ("anna@10.0.0.1", "is an IP address"),
        ("Anna <>", "'<>' is not a mail address"),
        ("Anna <anna>", "'anna' is not a mail address"),
        ("a" * 65 + "@x.com", "more than 64"),
        ("an[na@x.com", "it has '['"),
    ],
)
def test_what_is_no_mailbox_is_named(text: str, says: str) -> None:
    with pytest.raises(WrongUse) as caught:
        mailboxes_of(text)
    assert says in caught.value.message


@given(everything | st.text(st.sampled_from('ab.@<>",; \n:-ü'), max_size=40))
def test_any_text_is_mailboxes_or_refused(text: str) -> None:
    try:
        found = mailboxes_of(text)
    except WrongUse as error:
        assert not ACTS.search(error.message)
    else:
        assert mailboxes_of("\n".join(found)) == found
        assert len({each.lower() for each in found}) == len(found)


# -- secrets

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


@pytest.mark.parametrize("text", SECRET)
def test_what_looks_like_a_password_is_noticed(text: str) -> None:
    assert looks_secret(text)
    assert looks_secret(f"Called back at 14:20.\n{text}\nWill check tomorrow.")


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_note_is_not_taken_for_one(text: str) -> None:
    assert secret_like(text) is None


def test_the_reason_does_not_repeat_the_password() -> None:
    for text in SECRET:
        reason = str(secret_like(text))
        assert not any(len(word) > 3 and word in reason for word in text.split() if "pass" not in word.lower())


@hostile
@pytest.mark.parametrize("read", [secret_like, mailboxes_of, domain_of])
def test_no_text_takes_long_to_read(text: str, read: Callable[[str], object]) -> None:
    begun = time.perf_counter()
    with contextlib.suppress(WrongUse):
        read(text)
    assert time.perf_counter() - begun < 0.5


@given(everything)
def test_any_text_can_be_looked_at(text: str) -> None:
    assert looks_secret(text) == (secret_like(text) is not None)


def test_the_corpus_is_large_enough() -> None:
    assert len(set(HOSTILE.values())) >= 200 and len(SHORT) >= 200
