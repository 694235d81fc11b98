"""Leaving a test to whoever else runs tests."""

from __future__ import annotations

from typing import Any, Optional

import pytest


def run_by_others(ours: Any, item: pytest.Item, nextitem: Optional[pytest.Item]) -> bool:
    """Lets the plugins that run some tests in their own way (again, or in a child) run this one, if it is one
    of theirs. pytest's own way of running tests is not asked."""
    manager = item.config.pluginmanager
    others = [
        implementation.plugin
        for implementation in manager.hook.pytest_runtest_protocol.get_hookimpls()
        if not implementation.hookwrapper
        and not getattr(implementation, "wrapper", False)
        and implementation.plugin is not ours
        and manager.get_name(implementation.plugin) != "runner"
    ]
    if not others:
        return False
    removed = [
        plugin for plugin in manager.get_plugins() if not any(plugin is other for other in others)
    ]
    hook = manager.subset_hook_caller("pytest_runtest_protocol", remove_plugins=removed)
    return hook(item=item, nextitem=nextitem) is not None
