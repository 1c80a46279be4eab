"""`oxtui check`, `dns`, `paths` and `doctor`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from oxtui.clock import Clock
from tests.core.cli_help import ROOT, Run, config_with, runner
from tests.core.dns_server import DnsServer


@pytest.fixture
def run(home: Path, clock: Clock, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)
