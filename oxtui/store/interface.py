"""What a store of cases can do: the same for this machine's files and for a floor's server."""

from __future__ import annotations

from typing import Any

CaseStore = Any
