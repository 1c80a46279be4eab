"""Any text and every hostile one, for the tests of what is made of text from outside."""

from __future__ import annotations

import re

import pytest
from hypothesis import strategies as st

from tests.core.hostile import HOSTILE

# What was seen to act on a terminal or to hide, written down apart from the code under test.
ACTS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
everything = st.text(st.characters(exclude_categories=()))  # lone surrogates, too
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
