"""What the bars of a screen show: the keys that act now, and the banner under the top bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from textual.binding import Binding
from textual.screen import Screen

from oxtui.widgets.bars import KeyHint, TopBar

if TYPE_CHECKING:
    from oxtui.widgets.banner import Banner, Notice


def declared(screen: Screen[Any], last: type[Screen[Any]]) -> list[Binding]:
    """A screen's own bindings in their order, then those of the class that all have in common: back and help."""
    kinds = [*(kind for kind in type(screen).__mro__ if kind is not last), last]
    found = (binding for kind in kinds for binding in kind.__dict__.get("BINDINGS", ()))
    return [binding for binding in found if isinstance(binding, Binding)]


def key_hints(screen: Screen[Any], bindings: Sequence[Binding], name: Callable[[Binding], str]) -> list[KeyHint]:
    """The keys that act now, in the order of the bindings."""
    order = {binding.action: place for place, binding in enumerate(bindings)}
    found: dict[str, KeyHint] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.show and active.enabled and binding.description and binding.action in order:
            found.setdefault(binding.action, KeyHint(name(binding), binding.description, binding.action))
    return sorted(found.values(), key=lambda hint: order[hint.action])


class BannerPlace:
    """The place under the top bar: there is no banner while there is nothing to tell."""

    def __init__(self, screen: Screen[Any]) -> None:
        self.screen = screen
        self._banner: Banner | None = None

    def show(self, notices: Sequence[Notice]) -> None:
        """Show these, or take the banner away."""
        if self._banner is None and notices:
            from oxtui.widgets.banner import Banner

            self._banner = Banner(tuple(notices))
            self.screen.mount(self._banner, after=self.screen.query(TopBar).first())
        elif self._banner is not None and notices:
            self._banner.show(tuple(notices))
        elif self._banner is not None:
            self._banner.remove()
            self._banner = None
