"""The proofs of the article's facts, a module to each kind; `test_facts.py` carries them out."""

from __future__ import annotations

import pytest

KINDS = ("scenarios", "plans", "templates", "nbs", "disagreements")

# Else a proof that fails would not tell the values it compared.
pytest.register_assert_rewrite(*(f"{__name__}.{kind}" for kind in KINDS))
