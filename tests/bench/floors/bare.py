"""The floor: a Textual app with one Static, which counts the keys that it gets."""

from textual.app import App, ComposeResult
from textual.events import Key
from textual.widgets import Static


class Bare(App[None]):
    keys = 0

    def compose(self) -> ComposeResult:
        yield Static("a bare app")

    def on_key(self, event: Key) -> None:
        self.keys += 1
        self.query_one(Static).update(f"key number {self.keys}.")


if __name__ == "__main__":
    Bare().run()
