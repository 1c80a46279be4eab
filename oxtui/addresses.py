"""Domains and mail addresses as people type and paste them."""

from __future__ import annotations

import re
import unicodedata

from oxtui.errors import WrongUse
from oxtui.text import clean, clip, looks_secret

_SCHEME = r"(?:[a-z][a-z0-9+.-]*:)?//|mailto:"
_ANGLED = r"<\s*([^<>]*)\s*>"
_LOCAL = r"[^\s@()<>\[\]\\,;:\"]+"
_DOTS = str.maketrans("。．｡", "...")
_AN_ADDRESS = "for example: anna@example.com"


def domain_of(text: str) -> str:
    """The domain in a domain, a mail address or a URL: lower case, ASCII (IDN as `xn--`), no trailing dot.

    A leading `www.` of a URL or a bare host is left out, as mail never lives there. Raises WrongUse, saying
    why (RFC 1035 lengths, RFC 5891 characters).
    """
    name = clean(text).strip()
    angled = re.search(_ANGLED, name)
    rest = (angled.group(1) if angled else name).strip(" \t\"'<>,;")
    if not rest:
        raise WrongUse("no domain was given", "for example: example.com")
    scheme = re.match(_SCHEME, rest, re.IGNORECASE)
    address = scheme is not None and scheme[0].lower() == "mailto:"
    rest = rest[scheme.end() :] if scheme else rest
    rest = re.split(r"[/?#\\]", rest, maxsplit=1)[0].strip()
    mail = "@" in rest and (address or scheme is None)
    if not address and ":" in rest.rpartition("@")[0]:  # user:password@host of a URL
        rest = rest.rpartition("@")[2]
    if "@" in rest:
        local, _, rest = rest.rpartition("@")
        if "@" in local or re.search(r"[\s,;]", local):
            raise _bad(name, "has more than one domain in it", "give one")
    if re.fullmatch(r"\[?[0-9a-fA-F:]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\]?(:\d+)?", rest):
        raise _bad(name, "is an IP address, not a domain")
    host = re.sub(r":\d*$", "", rest)
    domain = _checked(host, name)
    shorter = domain.removeprefix("www.")
    return shorter if "." in shorter and not mail else domain


def _bad(given: str, what: str, hint: str = "for example: example.com") -> WrongUse:
    shown = re.sub(r":[^:@/\s]+@", ":…@", given)  # the password of a URL is not repeated
    shown = "…" if looks_secret(shown) else clip(shown, 60)
    return WrongUse(f"'{shown}' {what}", hint)


def _checked(host: str, given: str) -> str:
    """The host in lower-case ASCII; raises WrongUse naming `given`."""
    host = host.translate(_DOTS).removesuffix(".")
    if not host:
        raise _bad(given, "has no domain in it")
    if "," in host or ";" in host:
        raise _bad(given, "has more than one domain in it", "give one")
    if re.search(r"\s", host):
        raise _bad(given, "has a blank in it")
    if re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", host):
        raise _bad(given, "is an IP address, not a domain")
    if "." not in host:
        raise _bad(given, "has no dot")
    labels = [_label(label, given) for label in host.split(".")]
    if labels[-1].isdigit():
        raise _bad(given, "ends in a number; no domain does")
    if len(labels[-1]) < 2:
        raise _bad(given, "ends in a single letter; no domain does")
    domain = ".".join(labels)
    if len(domain) > 253:
        raise _bad(given, "is longer than the 253 characters a domain may have")
    return domain


def _label(label: str, given: str) -> str:
    """One part of a domain, in lower-case ASCII.

    Done by hand because the standard library's codec follows the rules of 2003, which turn `straße.de` into
    another domain than browsers and registries do.
    """
    if not label:
        raise _bad(given, "has two dots in a row or begins with one")
    if not label.isascii():
        label = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).lower())
    label = label.lower()
    for character in label:
        if character != "-" and unicodedata.category(character) not in ("Ll", "Lo", "Lm", "Mn", "Mc", "Nd"):
            if unicodedata.category(character) == "So":  # some registries sell them anyway
                coded = "xn--" + label.encode("punycode").decode("ascii")
                what = f"has '{character}' in it, which the rules for domains leave out"
                raise _bad(given, what, f"type it as {coded}")
            raise _bad(given, f"has '{character}' in it, which no domain has")
    if label[0] == "-" or label[-1] == "-":
        raise _bad(given, "has a part that begins or ends with '-'")
    if unicodedata.category(label[0])[0] == "M":
        raise _bad(given, "has a part that begins with a mark without a letter")
    if not label.isascii():
        label = "xn--" + label.encode("punycode").decode("ascii")
    if len(label) > 63:
        raise _bad(given, "has a label longer than 63")
    return label


def shown_domain(domain: str) -> str:
    """A domain, or a mail address's, as a person writes it: `xn--mnchen-3ya.de` is `münchen.de`.

    Unchanged if it would not be read back as the same domain, or passes for another: `аpple.com` with a Cyrillic а.
    """
    if "xn--" not in domain:
        return domain
    before, at, host = domain.rpartition("@")
    try:
        labels = [
            label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
            for label in host.split(".")
        ]
        shown = clean(".".join(labels))
        alike = labels[-1].isascii() and any(map(_looks_latin, shown))
        return f"{before}{at}{shown}" if domain_of(shown) == host and not alike else domain
    except (UnicodeError, WrongUse):
        return domain


def _looks_latin(letter: str) -> bool:
    """Whether a letter is of a script whose letters pass for Latin ones."""
    return unicodedata.name(letter, "").startswith(("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"))


def phone_forms(text: str) -> tuple[str, ...]:
    """The digits of a phone number, as it is dialled at home too: `+61 3 5550 0100` is `0355500100`; () for other text.

    A case is found by each of them: a country's code has one to three digits, and stands for the leading 0.
    """
    digits = re.sub(r"\D", "", text)
    if not 6 <= len(digits) <= 15 or not re.fullmatch(r"\+?[\d\s().\-/]+", text.strip(), re.ASCII):
        return ()
    if not text.strip().startswith(("+", "00")):
        return (digits,)
    digits = digits.removeprefix("00")
    return (digits, *(f"0{digits[code:]}" for code in (1, 2, 3) if len(digits) >= code + 6))


def mailboxes_of(text: str) -> list[str]:
    """The mail addresses in pasted text, in order, each once whatever its case; none for an empty text.

    Separated by commas, semicolons, blanks or lines; `Name <a@b>` and `mailto:` are understood. Raises WrongUse naming
    the first piece that is no address, or not naming it if the text looks as if it held passwords.
    """
    addresses: dict[str, str] = {}
    pieces = re.split(_ANGLED, re.sub(r'"[^"\n]*"(?=\s*<)', " ", clean(text, lines=True)))
    for index, piece in enumerate(pieces):
        if index % 2:
            tokens = [piece]
        else:
            tokens = re.split(r"[\s,;]+", _without_name(piece) if index + 1 < len(pieces) else piece)
        for token in tokens:
            token = token.strip(" \t\"'()[]<>.,;|")
            if token or index % 2:
                try:
                    address = _address(token or "<>")
                except WrongUse:
                    if looks_secret(text):
                        message = "addresses only: anything else may be a password, and is not shown here"
                        raise WrongUse(message, _AN_ADDRESS) from None
                    raise
                addresses.setdefault(address.lower(), address)
    return list(addresses.values())


def _without_name(piece: str) -> str:
    """The text before `<address>`, without the name that belongs to it."""
    begin = max(piece.rfind(mark) for mark in ";\n") + 1
    last = max(piece.rfind("@"), begin)
    if last > begin:  # an address on the same line: the name begins after it
        end = re.search(r"[\s,;]", piece[last:])
        begin = last + end.start() if end else len(piece)
    name = piece[begin:]
    # 'Doe, Anna <...>' is a name, 'info.example.com, Anna <...>' begins with a broken address
    wrong = "," in name.strip(" ,") and re.search(r"\w\.\w", name.strip(" ,").rpartition(",")[0])
    return piece if wrong else piece[:begin]


def _address(token: str) -> str:
    """One mail address, its domain checked and in lower case; raises WrongUse."""
    token = re.sub(r"^mailto:", "", token, flags=re.IGNORECASE).partition("?")[0]
    local, at, host = token.rpartition("@")
    if not at:
        raise _bad(token, "is not a mail address: it has no @", _AN_ADDRESS)
    if not local or not host:
        side = "after" if local else "before"
        raise _bad(token, f"is not a mail address: nothing stands {side} the @", _AN_ADDRESS)
    if "@" in local:
        raise _bad(token, "is not a mail address: it has two @", _AN_ADDRESS)
    wrong = re.sub(_LOCAL, "", local)
    if wrong:
        raise _bad(token, f"is not a mail address: it has '{wrong[0]}' before the @", _AN_ADDRESS)
    if local[0] == "." or local[-1] == "." or ".." in local:
        raise _bad(token, "is not a mail address: a dot is out of place before the @", _AN_ADDRESS)
    if len(local) > 64:
        raise _bad(token, "is not a mail address: more than 64 characters before the @", _AN_ADDRESS)
    return f"{local}@{_checked(host, token)}"
