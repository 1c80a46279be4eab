"""Text from outside: cleaned, cut to cells, read as domains and mailboxes, looked at for secrets."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from oxtui.errors import WrongUse

# What acts on a terminal, hides in a line, turns its direction or has no width of its own. Line breaks
# are handled before this class is applied. The whole plane of tags and variation selectors goes at once.
# The patterns stay texts: to compile those of this file takes 1.2 ms, and the first frame needs none of them.
_UNSAFE = (
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # C0, DEL, C1
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # soft hyphen, joiners, fillers
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # zero width, bidi controls, BOM
    "\ufe00-\ufe0f\ufff0-\ufffb"  # variation selectors, annotation
    "\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff"  # not characters; lone surrogates
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # format marks of scripts and music
    "\U000e0000-\U000e0fff"  # tags, more variation selectors
    "]"
)
_BREAK = "\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]"
_BREAKS = "[\t\n\r\x0b\x0c\x85\u2028\u2029]+"
_MARKS = {"Mn", "Me"}
_MOST_MARKS = 8  # no script needs more on one letter; more climbs over the lines above


def clean(text: str, *, lines: bool = False) -> str:
    """Text without anything that acts on a terminal or hides in a line, in Unicode's composed form (NFC).

    `lines=True` keeps tabs and line breaks (all kinds become a line feed); otherwise a run of them becomes
    one space. Strips C0, C1, DEL, zero-width and bidi controls, BOM, tags, variation selectors, lone
    surrogates, non-characters, and marks beyond the eighth on one letter. Idempotent; raises nothing.
    """
    if text.isascii() and text.isprintable():
        return text
    text = re.sub(_BREAK, "\n", text) if lines else re.sub(_BREAKS, " ", text)
    text = re.sub(_UNSAFE, "", text)
    if text.isascii():
        return text
    return _few_marks(unicodedata.normalize("NFC", text))


def _few_marks(text: str) -> str:
    """At most eight combining marks in a row."""
    category = unicodedata.category
    kept: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if character > "\u02ff" and category(character) in _MARKS else 0
        if run <= _MOST_MARKS:
            kept.append(character)
    return text if len(kept) == len(text) else "".join(kept)


def plural(count: int, word: str) -> str:
    """How many there are of what has a plural in `s`: `1 line`, `3 lines`."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def cells(text: str) -> int:
    """How many terminal cells one line of text takes: two for a wide character, none for a combining mark."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def clip(text: str, cells: int, sign: str = "…") -> str:
    """One line of text cut to a number of terminal cells, with a sign where something was cut.

    A letter keeps its marks, a wide character is never halved, so the result may be one cell shorter than
    asked for. Takes time in proportion to `cells`, not to the text. Expects cleaned text.
    """
    if cells <= 0:
        return ""
    if text.isascii():
        if len(text) <= cells:
            return text
    elif _fits(text, cells) == len(text):
        return text
    from rich.cells import cell_len

    room = cells - cell_len(sign)
    if room < 0:
        return text[: _fits(text, cells)]
    return text[: _fits(text, room)] + sign


def _fits(text: str, cells: int) -> int:
    """How many characters of text fit into so many cells; marks go with their letter."""
    from rich.cells import get_character_cell_size, split_graphemes

    start = text[: cells * 16 + 64]
    if "\u200d" in start or "\ufe0f" in start:  # only in text that was not cleaned: as rich measures it
        used = 0
        for begin, _end, width in split_graphemes(start)[0]:
            used += width
            if used > cells:
                return begin
        return len(start)
    used = 0
    for index, character in enumerate(text):
        used += get_character_cell_size(character)
        if used > cells:
            return index
    return len(text)


# -- domains and mailboxes -------------------------------------------------------------------------

_SCHEME = r"(?:[a-z][a-z0-9+.-]*:)?//|mailto:"
_ANGLED = r"<\s*([^<>]*)\s*>"
_LOCAL = r"[^\s@()<>\[\]\\,;:\"]+"
_DOTS = str.maketrans("。．｡", "...")
_AN_ADDRESS = "for example: anna@example.com"


def domain_of(text: str) -> str:
    """The domain in a domain, a mail address or a URL: lower case, ASCII (IDN as `xn--`), no trailing dot.

    A leading `www.` of a URL or a bare host is left out, for mail never lives there. Raises WrongUse, saying
    what is wrong with it (RFC 1035 lengths, RFC 5891 characters).
    """
    given = clean(text).strip()
    angled = re.search(_ANGLED, given)
    rest = (angled.group(1) if angled else given).strip(" \t\"'<>,;")
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
            raise _bad(given, "has more than one domain in it", "give one")
    if re.fullmatch(r"\[?[0-9a-fA-F:]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\]?(:\d+)?", rest):
        raise _bad(given, "is an IP address, not a domain")
    host = re.sub(r":\d*$", "", rest)
    domain = _checked(host, given)
    shorter = domain.removeprefix("www.")
    return shorter if "." in shorter and not mail else domain


def _bad(given: str, what: str, hint: str = "for example: example.com") -> WrongUse:
    shown = re.sub(r":[^:@/\s]+@", ":…@", given)  # the password of a URL is not repeated
    shown = "…" if looks_secret(shown) else clip(shown, 60)
    return WrongUse(f"'{shown}' {what}", hint)


def _checked(host: str, given: str) -> str:
    """The host in lower-case ASCII; raises WrongUse with `given` named."""
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
            if unicodedata.category(character) == "So":  # some registries sell them all the same
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
    """A domain (or the end of a mail address) as a person writes it: `xn--mnchen-3ya.de` is `münchen.de`.

    One that would not be read back as the same domain stays as it is.
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
        return f"{before}{at}{shown}" if domain_of(shown) == host else domain
    except (UnicodeError, WrongUse):
        return domain


def mailboxes_of(text: str) -> list[str]:
    """The mail addresses in pasted text, in its order, each once (case does not count).

    Separated by commas, semicolons, blanks or lines; `Name <a@b>` and `mailto:` are understood. Nothing in it
    is an empty list. Raises WrongUse naming the first piece that is no address: none is dropped silently. A
    piece is not named where passwords seem to stand beside the addresses.
    """
    found: dict[str, str] = {}
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
                        told = "addresses only: what is none may be a password, and is not shown here"
                        raise WrongUse(told, _AN_ADDRESS) from None
                    raise
                found.setdefault(address.lower(), address)
    return list(found.values())


def _without_name(piece: str) -> str:
    """What stands before `<address>`, without the name that belongs to it."""
    begin = max(piece.rfind(mark) for mark in ";\n") + 1
    last = max(piece.rfind("@"), begin)
    if last > begin:  # an address on the same line: the name begins behind it
        end = re.search(r"[\s,;]", piece[last:])
        begin = last + end.start() if end else len(piece)
    name = piece[begin:]
    # 'Doe, Anna <...>' is a name, 'info.example.com, Anna <...>' begins with an address gone wrong
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


# -- secrets ---------------------------------------------------------------------------------------

_TRIM = ".,:;?)]}>\"'“”‘’`"


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    word = (
        r"(?:pass(?:word|wd|phrase|code)?s?|pass\s+(?:word|phrase|code)|passwort|kennwort|wachtwoord"
        r"|mot de passe|contraseña|pwd?|p/w|psw|passw)"
    )
    return {
        "is": re.compile(rf"(?<![\w@.-]){word}\s+(?:is|was|to|ist)\s*:?\s+(\S+)([^\n]*)", re.IGNORECASE),
        "equals": re.compile(rf"(?<![\w@.-]){word}\s*(?::=|=>|->|[=:∶→–—])\s*(\S+)([^\n]*)", re.IGNORECASE),
        "beside": re.compile(rf"(?<![\w@.-]){word}\s+(\S+)", re.IGNORECASE),
        "pin": re.compile(
            r"\b(?:pin|otp|passcode|2fa code|tan)\b\s*(?:code)?\s*(?:is|[:=])?\s*(\d{4,8})\b", re.IGNORECASE
        ),
        "card": re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])"),
        "pair": re.compile(
            r"[^\s@:;,|<>]{1,64}@[\w.-]{1,250}\.\w{2,63}>?"
            r"(?P<mark>\s*(?::=|=>|->|[:=∶|])\s*|[ \t]*(?:[/;,–—]|\t|[ ]-[ ])[ \t]*|[ ]+)(?P<word>\S+)(?P<rest>[^\n]*)"
        ),
        "ordinary": re.compile(
            r"""
            [a-z][\w.+-]*://\S* | www\.\S* | mailto:\S*                       # links
            | \S+@[\w-]+(?:\.[\w-]+)+                                         # addresses
            | [/~\\.]?[\w.-]*[/\\][\w./\\-]*                                  # paths, dates, either/or
            | (?:[\w-]+\.)+[a-z]{2,}(?::\d+)?                                 # host names
            | [a-z]{2,10}[-_#]?\d+(?:[-_./]\d+)*                              # JIRA-1234, Office365
            | \#?\d[\d.,:+/ -]*(?:[a-z]{1,4}|%|€|\$)?                         # numbers, sizes, dates, times
            | [+(]?\d[\d()./ -]*                                              # telephone numbers
            | 0x[0-9a-f]+ | v?\d+(?:\.\d+)+\S{0,8}                           # error codes, versions
            | \d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?                    # points in time
            | 00[0-9a-z]{13}(?:[0-9a-z]{3})? | 500[0-9a-z]{12}(?:[0-9a-z]{3})?  # Salesforce ids
            | [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} | [0-9a-f]{12,}     # ids and digests
            """,
            re.VERBOSE | re.IGNORECASE,
        ),
        "part": re.compile(r"[^\W\d_]+|\d+|[^\W\d_]{1,12}\d{1,4}(?:[A-Z][a-z]{0,4})?|[a-zA-Z]?\d{1,4}[a-zA-Z]{0,2}"),
        "worded": re.compile(
            r"(?!(?:office|outlook|exchange|windows|win|server|android|ios|macos|iphone|ipad|galaxy|port)\d)"
            r"[^\W\d]{3,}\d{1,4}|\d{5,}",
            re.IGNORECASE,
        ),
    }


@cache
def _plain_values() -> frozenset[str]:
    """Words that stand after "password:" or an address without being one."""
    return frozenset(
        "a active alias all already also an and another any as asked at be because been being blank box"
        " broken but by can't cancelled cannot change changed check checked client closed complete"
        " completed confirmed copied correct could created customer deleted did didn't disabled does"
        " doesn't doing done empty enabled error exists expired expires fail failed fails field fine first"
        " for forgot forgotten form forward forwarded found free from full given good had has hash have he"
        " her hint his in inactive inbox incorrect invalid is isn't it its known later left licensed link"
        " locked login lost mail mailbox manager may migrated migrating missing moved must my n/a na"
        " needed needs never new no none not now of off ok okay old on once ongoing only open or ours page"
        " pending please policy primary prompt protected provided ready received refused required reset"
        " resets resetting restored resynced reversed rules same see sent set shared she should still"
        " synced tba tbc tbd that the their them then they this to told too unchanged unknown unlicensed"
        " until update updated user via wait waiting was weak when which will with without won't work"
        " working works wrong yes yet you your".split()
    )


def secret_like(text: str) -> str | None:
    """Why text looks as if it held a password, in words that do not repeat it; None where it does not.

    Looks for "password: ...", "pw=...", "pass is ...", an address with a word beside it, numbers of payment cards,
    and long words that mix letters, digits and signs. A guess, for a warning before something is saved, never for a
    refusal.
    """
    text = _plain(text[:20_000])
    patterns = _patterns()
    for name in ("equals", "is"):
        for match in patterns[name].finditer(text):
            if _is_value(match[1], match[2], sure=name == "equals" and "=" in match[0]):
                return "a password after the word for it"
    for match in patterns["beside"].finditer(text):
        if _is_mixed(match[1], short=True) or patterns["worded"].fullmatch(match[1].strip(_TRIM)):
            return "a password after the word for it"
    if patterns["pin"].search(text):
        return "a PIN or a one-time code"
    if any(_is_card(match[0]) for match in patterns["card"].finditer(text)):
        return "a card number"
    for match in patterns["pair"].finditer(text):
        mark = match["mark"].strip(" ")
        if (mark and _is_value(match["word"], match["rest"])) or _is_mixed(match["word"], short=True):
            return "an address with a password beside it"
    if any(len(word) >= 8 and _is_mixed(word) for word in text.split()):
        return "a long word of letters, digits and signs, as passwords are"
    return None


def _plain(text: str) -> str:
    """Text with every letter, sign and blank in its plain form: a no-break space hides no password."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", clean(text, lines=True))
    return re.sub(r"[^\S\n\t]", " ", clean(text, lines=True))


def looks_secret(text: str) -> bool:
    """Whether text looks as if it held a password; see secret_like."""
    return secret_like(text) is not None


def _is_card(text: str) -> bool:
    """Whether 13 to 19 digits pass the check of payment cards (ISO/IEC 7812-1, Luhn)."""
    digits = [int(sign) for sign in text if sign.isdecimal()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_value(word: str, rest: str, *, sure: bool = False) -> bool:
    """Whether the word after "password:" or an address is a password, rather than the start of a sentence."""
    bare = word.strip(_TRIM)
    if len(bare) < 3 or bare.casefold() in _plain_values() or not any(c.isalnum() for c in bare):
        return False
    if _is_mixed(bare, short=True):
        return True
    if _patterns()["ordinary"].fullmatch(bare) and not _patterns()["worded"].fullmatch(bare):
        return False
    # a sentence goes on ("password: client resets it"); a password stands alone, or a comma follows it
    return sure or not rest.strip() or word[-1:] in ",;|" or rest.lstrip()[:1] in tuple(",;|/()")


def _is_mixed(word: str, *, short: bool = False) -> bool:
    """Whether a word mixes letters, digits and signs as a password does (not an id, a product, a date)."""
    bare = word.strip(_TRIM)
    if len(bare) < (5 if short else 8) or _patterns()["ordinary"].fullmatch(bare):
        return False
    parts = [part for part in re.split(r"[-_/.+&()',:;]", bare) if part]
    if all(_patterns()["part"].fullmatch(part.rstrip("!")) for part in parts):
        # 'M365-Business-Basic' and 'Windows11' are words; 'Sommer2024!' is not
        return bare.endswith("!") and any(c.isdigit() for c in bare) and any(c.isalpha() for c in bare)
    kinds = sum(
        (
            any(c.islower() for c in bare),
            any(c.isupper() for c in bare),
            any(c.isdigit() for c in bare),
            any(not c.isalnum() for c in bare),
        )
    )
    return kinds >= 3
