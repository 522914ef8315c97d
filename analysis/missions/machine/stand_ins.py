"""Stand-ins for libraries that others import and that are never used here: importing them takes longer than the work itself."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _Nothing:
    """Something to name, to call and to derive from."""

    def __init__(self, *ignored: object, **also: object):
        pass

    def __call__(self, *ignored: object, **also: object) -> _Nothing:
        return self


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (_Nothing,), {})


class _Finder(MetaPathFinder, Loader):
    def __init__(self, names: Iterable[str]):
        self.names = frozenset(names)

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] in self.names else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


def leave_out(names: Iterable[str]) -> None:
    """From here on these libraries are empty in this process: whatever is asked of them does nothing."""
    sys.meta_path.insert(0, _Finder(names))
