"""Checks of the values typed with a command, against the form that the playbook gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.dates import show
from oxtui.cases.money import parse_money, plain
from oxtui.cases.parts import moment_of
from oxtui.errors import WrongUse
from oxtui.playbook.item_parts import Value
from oxtui.playbook.model import Answer, Item
from oxtui.playbook.patterns import fits
from oxtui.text import clean

_NUMBER: Final = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")
_THOUSANDS: Final = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,6})?")


def check_value(case: Case, value: Value, text: str) -> str:
    """Return `text` cleaned, if it has the form that the playbook gives; raises WrongUse."""
    text = clean(text).strip()
    if not text:
        if value.required:
            raise WrongUse(f"{value.label} is missing", example_of(case, value.pattern))
        return ""
    if value.kind == "date":
        day = iso_date(text, value.label)
        if value.to_come and day < case.now.date().isoformat():
            raise WrongUse(f"{value.label}: {show(date.fromisoformat(day))} is past", "the next one is meant")
        return day
    if value.kind in ("number", "money"):
        return typed_number(text, value.kind, value.label)
    if value.pattern:
        return check_pattern(case, value.pattern, text, f"does not look like a {value.label}")
    return text


def check_told(case: Case, item: Item, value: tuple[str, ...], text: str) -> str:
    """Return the text typed with an answer cleaned, if it has the form that the answer asks for; raises WrongUse."""
    text = clean(text, lines=True).strip()
    form = told_pattern(item, value)
    return check_pattern(case, form, text, "does not look like one") if form and text else text


def told_pattern(item: Item, value: tuple[str, ...]) -> str:
    """The name of the pattern of what is typed with an answer; "" for any text."""
    return next((answer.pattern for answer in item.given(value) if answer.pattern), "")


def check_pattern(case: Case, name: str, text: str, wrong: str) -> str:
    """Return `text` as the playbook's pattern writes it; raises WrongUse with an example."""
    pattern, _ = case.procedure.patterns[name]
    for written in (text, text.upper()):  # host-4412 is HOST-4412
        if fits(pattern, written):
            return written
    raise WrongUse(f"'{text}' {wrong}", example_of(case, name))


def example_of(case: Case, name: str) -> str:
    """The playbook's example of a pattern, as a hint; "" without a pattern."""
    return f"for example {case.procedure.patterns[name][1]}" if name else ""


def check_until(text: str) -> str:
    """Return `text` if it is a local date, or date and time; raises WrongUse."""
    if moment_of(text) is None:
        raise WrongUse(f"'{clean(text)}' is not a date", "YYYY-MM-DD, or with a time YYYY-MM-DDTHH:MM")
    return text


def iso_date(text: str, label: str) -> str:
    """Return `text` if it is a date as YYYY-MM-DD; raises WrongUse naming `label`."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise WrongUse(f"{label}: '{text}' is not a date", "YYYY-MM-DD") from None


def typed_number(text: str, kind: str, label: str = "") -> str:
    """A number as it is saved (`1667.5`), or an amount with its cents (`1667.50`); raises WrongUse with an example."""
    if kind == "money":
        return plain(parse_money(text))
    written = text.strip().replace(",", "") if _THOUSANDS.fullmatch(text.strip()) else text.strip()
    if not _NUMBER.fullmatch(written):
        prefix = f"{label}: '{text.strip()}'" if label else f"'{text.strip()}'"
        raise WrongUse(f"{prefix} is not a number", "for example 200 or 12.5")
    return f"{Decimal(written):f}"


def check_values(case: Case, item: Item, given: Mapping[str, str]) -> dict[str, str]:
    """Return the values of an item that were typed, checked; raises WrongUse."""
    values = {value.key: check_value(case, value, given.get(value.key, "")) for value in item.values}
    return {key: text for key, text in values.items() if text}


def check_answer(item: Item, value: tuple[str, ...]) -> tuple[str, ...]:
    """Return the answer ids, text or ISO dates as the question takes them; raises WrongUse."""
    texts = tuple(clean(text).strip() for text in value)
    if item.select in ("one", "several"):
        known = [answer.id for answer in item.answers]
        unknown = [text for text in texts if text not in known]
        if unknown or not texts or (item.select == "one" and len(texts) != 1):
            raise WrongUse(f"'{item.text}' has no such answer", _offers(item.answers))
        return tuple(name for name in known if name in texts)
    if not texts or not all(texts):
        raise WrongUse(f"'{item.text}' needs a value", "")
    if item.select == "text":
        return texts[:1]
    if item.select in ("number", "money"):
        return (typed_number(texts[0], item.select),)
    dates = tuple(iso_date(text, item.text) for text in texts)
    if len(dates) != (2 if item.select == "dates" else 1) or list(dates) != sorted(dates):
        raise WrongUse(f"'{item.text}': from comes before to", "two dates")
    return dates


def _offers(answers: tuple[Answer, ...]) -> str:
    return "one of: " + ", ".join(answer.text for answer in answers)


def one_text(text: str, missing: str, hint: str = "one line is enough") -> str:
    """Return `text` cleaned, with its lines; raises WrongUse if it is blank."""
    cleaned = clean(text, lines=True).strip()
    if not cleaned:
        raise WrongUse(missing, hint)
    return cleaned
