"""For pytest (`-p tests.mutations.plugin`): one module of the program is read from another file, named in MUTATED."""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any


class _Loader(SourceFileLoader):
    """Compiles the mutated text, whatever compiled file lies beside the program's own."""

    text = ""

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.text, self.path, "exec", dont_inherit=True)


class _Finder(PathFinder):
    """Finds that one module before anybody else does."""

    def __init__(self, module: str, text: str) -> None:
        self.module = module
        self.text = text

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:  # type: ignore[override]
        if fullname != self.module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        assert spec and spec.origin
        loader = _Loader(fullname, spec.origin)
        loader.text = self.text
        spec.loader = loader
        return spec


if wanted := os.environ.get("MUTATED"):
    _module, _, _file = wanted.partition("=")
    assert _module not in sys.modules, "it is read already"
    sys.meta_path.insert(0, _Finder(_module, Path(_file).read_text(encoding="utf-8")))
