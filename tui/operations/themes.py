"""What the user can have done to the looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from tui.theme import DEFAULT
from tui.theme_shelf import ThemeShelf

if TYPE_CHECKING:
    from backend.settings import Settings
    from tui.app import PunaApp


class ThemeOperations:
    """Over the themes on the shelf. A theme that the settings name wins over the one that was chosen last."""

    def __init__(self, app: PunaApp, settings: Settings) -> None:
        self._app = app
        self._set = settings.theme
        self._shelf = ThemeShelf(settings.config, settings.state)
        self._register()
        app.theme = self._first()

    def complaint(self) -> str:
        """What is wrong with the theme that was asked for, or with a theme of the user's; empty if nothing is."""
        themes = self._shelf.themes
        if self._set and self._set not in themes:
            return f"there is no theme {self._set}; there are {', '.join(themes)}"
        return self._shelf.problems[0] if self._shelf.problems else ""

    def names(self) -> list[str]:
        """All themes, in their order."""
        return list(self._shelf.themes)

    def use(self, name: str) -> None:
        """A theme by its name, also after the next start."""
        self._keep(name)

    def next(self) -> None:
        """The theme after this one."""
        names = list(self._shelf.themes)
        self._keep(names[(names.index(self._app.theme) + 1) % len(names)])

    def choose(self) -> None:
        """Offer all themes, each seen at once."""
        from tui.screens.themes import Themes

        before = self._app.theme

        def chosen(name: str | None) -> None:
            if name is None:
                self._show(before if before in self._shelf.themes else DEFAULT)
            else:
                self._keep(name)

        self._app.push_screen(Themes(self._shelf, before, self._show, self._read_again), chosen)

    def _first(self) -> str:
        if self._set in self._shelf.themes:
            return self._set
        return self._shelf.chosen() or DEFAULT

    def _register(self) -> None:
        for theme in self._shelf.themes.values():
            self._app.register_theme(theme)

    def _show(self, name: str) -> None:
        self._app.theme = name

    def _read_again(self) -> bool:
        """Take in what changed in the user's files, also of the theme that is shown; whether anything did."""
        if not self._shelf.read():
            return False
        self._register()
        if self._app.theme in self._shelf.themes:
            self._app.mutate_reactive(App.theme)
        else:
            self._app.theme = DEFAULT
        return True

    def _keep(self, name: str) -> None:
        self._show(name)
        try:
            self._shelf.remember(name)
        except OSError as error:
            self._app.say(f"theme {name}; it cannot be kept for the next start: {error.strerror}", error=True)
            return
        again = f"; the next start takes {self._set} again, as your settings say" if self._set not in ("", name) else ""
        self._app.say(f"theme {name}{again}")
