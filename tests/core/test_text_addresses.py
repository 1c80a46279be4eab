"""Domains and mailboxes are found in what people type and paste, or refused in plain words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxtui.addresses import domain_of, mailboxes_of, shown_domain
from oxtui.errors import WrongUse
from tests.core.text_help import ACTS, everything, hostile

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


@pytest.mark.parametrize(
    ("domain", "shown"),
    [
        ("example.com", "example.com"),
        ("xn--mnchen-3ya.de", "münchen.de"),
        ("jo@xn--mnchen-3ya.de", "jo@münchen.de"),
        ("xn--r8jz45g.xn--zckzah", "例え.テスト"),
        ("xn--e1afmkfd.xn--p1ai", "пример.рф"),
        ("xn--pple-43d.com", "xn--pple-43d.com"),  # аpple.com, its first letter Cyrillic
        ("xn--80ak6aa92e.com", "xn--80ak6aa92e.com"),  # аррӏе.com, all Cyrillic
        ("xn--999999999.example", "xn--999999999.example"),
        ("xn--a.example", "xn--a.example"),
    ],
)
def test_a_domain_is_shown_as_a_person_writes_it(domain: str, shown: str) -> None:
    assert shown_domain(domain) == shown


def test_an_emoji_domain_is_told_truly_and_taken_as_it_is_coded() -> None:
    with pytest.raises(WrongUse, match="the rules for domains leave out") as told:
        domain_of("😀.com")
    assert told.value.hint == "type it as xn--e28h" and domain_of("xn--e28h.com") == "xn--e28h.com"
