"""Text from outside: cleaned, cut to cells, and checked for secrets; counts and lists in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from oxtui.errors import WrongUse

# Characters that act on a terminal, are invisible, change the direction of a line or have no width. Line breaks
# are handled before. Patterns are kept as text: compiling those of this file takes 1.2 ms, and the first frame
# needs none of them.
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
    characters: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if character > "\u02ff" and category(character) in _MARKS else 0
        if run <= _MOST_MARKS:
            characters.append(character)
    return text if len(characters) == len(text) else "".join(characters)


def whole_number(text: str, what: str, least: int, most: int) -> int:
    """The whole number from `least` to `most` that was typed; raises WrongUse, in which `what` names it."""
    if not re.fullmatch("[0-9]{1,6}", text) or not least <= int(text) <= most:
        raise WrongUse(f"'{clip(text, 60)}' is no number of {what}", f"give {least} to {most}")
    return int(text)


# -- words for the screen
def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun: `1 line`, `3 lines`; `many` where that is not `one` with an s."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"


def sentence(text: str) -> str:
    """`text` with a capital first letter."""
    return text[:1].upper() + text[1:]


def series(words: Sequence[str], last: str = "and") -> str:
    """`one, two and three`."""
    *first, end = words or ("",)
    return f"{', '.join(first)} {last} {end}" if first else end


def first_few(words: Sequence[str], most: int) -> str:
    """`one, two and 3 more`."""
    return ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")


def nearest(given: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """The one of `known` most like `given`, ignoring case, or "" if none is; `likeness` is between 0 and 1."""
    from difflib import get_close_matches

    by_lower = {each.lower(): each for each in known}
    near = get_close_matches(given.lower()[:80], by_lower, 1, likeness)
    return by_lower[near[0]] if near else ""


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` with the nearest of `known`, or ""."""
    near = nearest(given, known)
    return f" (did you mean '{near}'?)" if near else ""


# -- cells
def cells(text: str) -> int:
    """The width of one line in terminal cells: two for a wide character, none for a combining mark."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def clip(text: str, cells: int, sign: str = "…") -> str:
    """One line of cleaned text cut to a number of terminal cells, with a sign at the end if it was cut.

    A letter keeps its marks and a wide character is never halved, so the result may be one cell shorter. Takes time
    in proportion to `cells`, not to the text.
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
    """The number of characters that fit into so many cells; marks stay with their letter."""
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


# -- secrets ---------------------------------------------------------------------------------------

_MOST_READ = 100_000  # characters, about a tenth of a second
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
        "beside": re.compile(rf"(?<![\w@.-]){word}\s+(?:-\s+)?(\S+)", re.IGNORECASE),
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
    """Words that are no password, though they follow "password:" or an address."""
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
    """The reason why text looks as if it held a password, without repeating it; None if it does not.

    Looks for "password: ...", "pw=...", "pass is ...", an address with a word beside it, numbers of payment cards,
    and long words that mix letters, digits and signs. A guess, for a warning before something is saved, never for a
    refusal.
    """
    text = _plain(text[:_MOST_READ])
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
    """Text in compatibility form (NFKC) with plain spaces, so that a no-break space hides no password."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", clean(text, lines=True))
    return re.sub(r"[^\S\n\t]", " ", clean(text, lines=True))


def looks_secret(text: str) -> bool:
    """Whether text looks as if it held a password."""
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
    # a sentence goes on ("password: client resets it"); a password is alone or before a comma
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
