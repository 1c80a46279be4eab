"""What is pasted from a console page: the domain's addresses are taken, the rest is counted."""

from __future__ import annotations

import pytest

from oxtui.cases.pasted import is_public_suffix, mailboxes_in, page_of
from oxtui.errors import WrongUse

PAGE = """Mailboxes   Users   Aliases
Anna Smith   anna@Brightside.com.au   Active   12.4 GB
Info desk    info@brightside.com.au   Active
Sam (old)    sam@other.example        Suspended
ANNA@brightside.com.au
Tina         tina@brightside.com.au   Active
"""


def test_a_page_gives_its_domain_and_that_domains_addresses_each_once() -> None:
    found = page_of(PAGE)
    assert found is not None
    domain, pasted = found
    assert domain == "brightside.com.au"
    assert pasted.addresses == ("anna@brightside.com.au", "info@brightside.com.au", "tina@brightside.com.au")
    assert pasted.left_out == ("sam@other.example",)
    assert pasted.counts == "3 found, 1 left out: sam@other.example"


@pytest.mark.parametrize("text", ["brightside.com.au", "anna@brightside.com.au", "https://brightside.com.au/a b", ""])
def test_a_domain_or_an_address_alone_is_no_page(text: str) -> None:
    assert page_of(text) is None


def test_names_are_completed_with_the_domain() -> None:
    assert mailboxes_in("mark, tina", "x.example").addresses == ("mark@x.example", "tina@x.example")


def test_addresses_alone_are_all_taken_whatever_their_domain() -> None:
    found = mailboxes_in("a@x.example; b@y.example", "x.example")
    assert found.addresses == ("a@x.example", "b@y.example") and not found.left_out


def test_of_a_page_the_domains_own_are_taken_and_the_rest_is_counted() -> None:
    found = mailboxes_in(PAGE, "brightside.com.au")
    assert len(found.addresses) == 3 and found.left_out == ("sam@other.example",)


@pytest.mark.parametrize("text", ["what is this?", "hunter2horse!", "jo@x.example : hunter2horse", "a@@b", "jo@"])
def test_what_is_neither_is_refused_and_nothing_of_it_is_kept(text: str) -> None:
    with pytest.raises(WrongUse):
        mailboxes_in(text, "x.example")


def test_a_password_beside_an_address_is_named_nowhere() -> None:
    found = mailboxes_in("jo@x.example : hunter2horse\nsam@x.example : s3cret!pass", "x.example")
    assert found.addresses == ("jo@x.example", "sam@x.example")
    assert "hunter2" not in found.counts and "s3cret" not in found.counts


@pytest.mark.parametrize(
    ("domain", "suffix"), [("com.au", True), ("co.nz", True), ("x.com.au", False), ("com.example", False)]
)
def test_a_public_suffix_is_nobodys_own(domain: str, suffix: bool) -> None:
    assert is_public_suffix(domain) is suffix
