"""Patches applied to modules right after the script itself has imported them.

Nothing is imported earlier than the script would: its environment variables for torch are set before torch loads.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Patch = Callable[[ModuleType], None]
# Gets a function or class, and returns what is to stand in its place.
Wrap = Callable[[Any], Any]


class PatchingFinder(MetaPathFinder):
    """Finds modules as the rest of `sys.meta_path` does, and lets patches run once they are loaded.

    `modules` is for modules known by name. `roles` is for whatever module of the workspace defines a name such as
    `save_checkpoint`: a fork may have renamed the package.
    """

    def __init__(
        self,
        root: str,
        script: str,
        modules: Mapping[str, Patch],
        roles: Mapping[str, Wrap],
        on_failure: Callable[[str, Exception], None],
    ) -> None:
        self._modules = modules
        self._roles = roles
        self._on_failure = on_failure
        # The script is run, not imported; its own definitions are wrapped when its loop is first met.
        self._script = script
        self._workspace = {os.path.splitext(name)[0] for name in os.listdir(root)}
        self._finding: set[str] = set()

    def patch_loaded(self) -> None:
        """Patch what an interpreter start-up file has imported already."""
        for name in self._modules:
            if name in sys.modules:
                self._apply(sys.modules[name])

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the other finders give, with a loader that patches; None for modules of no interest."""
        if fullname not in self._modules and fullname.partition(".")[0] not in self._workspace:
            return None
        if fullname == self._script:
            return None
        # Another finder may look a module up through the import system: it must not meet us again on the way.
        if fullname in self._finding:
            return None
        self._finding.add(fullname)
        try:
            spec = self._find_elsewhere(fullname, path, target)
        finally:
            self._finding.discard(fullname)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _PatchingLoader(spec.loader, self._apply)
        return spec

    def _find_elsewhere(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if finder is not self and find is not None:
                spec = find(fullname, path, target)
                if spec is not None:
                    return spec
        return None

    def _apply(self, module: ModuleType) -> None:
        try:
            patch = self._modules.get(module.__name__)
            if patch is not None:
                patch(module)
            wrap_roles(vars(module), self._roles, module.__name__)
        except Exception as error:  # a patch that does not fit costs telemetry, never the import
            self._on_failure(f"{module.__name__} could not be patched", error)


def wrap_roles(namespace: dict[str, Any], roles: Mapping[str, Wrap], defined_in: str) -> None:
    """Replace each role that is defined in a module (not merely imported into it) by its wrapped form."""
    for name, wrap in roles.items():
        value = namespace.get(name)
        if getattr(value, "__module__", None) == defined_in:
            namespace[name] = wrap(value)


class _PatchingLoader(Loader):
    """Stands in for a module's own loader during one import, and puts it back before the module runs."""

    def __init__(self, loader: Any, apply: Patch) -> None:
        self._loader = loader
        self._apply = apply

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._apply(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
