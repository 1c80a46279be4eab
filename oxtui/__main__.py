"""`python -m oxtui` is `oxtui`."""

from __future__ import annotations

import sys

from oxtui.cli import main

if __name__ == "__main__":
    sys.exit(main())
