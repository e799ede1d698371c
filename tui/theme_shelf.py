"""The themes that there are: Puna's own, the user's beside them, and the one that was chosen last."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.theme import DEFAULT, ThemeError, load_theme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.theme import Theme

_FILES_LIMIT = 100
_CHOICE_LIMIT = 64


def own_folder() -> Path:
    """Where the themes that come with Puna lie: `tui/themes` of a wheel, `themes` of a checkout."""
    here = Path(__file__).parent
    packaged = here / "themes"
    return packaged if packaged.is_dir() else here.parent / "themes"


def load_themes(place: Path | None = None) -> dict[str, Theme]:
    """The themes of a folder by name, the default one first. Raises `ThemeError` for the first file that is wrong."""
    place = place or own_folder()
    return _in_order(load_theme(path) for path in _paths(place))


class ThemeShelf:
    """Themes by name, the default one first. A file of the user that is wrong is left out and is a sentence in
    `problems`; one with the name of a theme of Puna's takes its place.

    `config` is the user's configuration folder, `state` the folder where the choice is kept; an empty path is none.
    """

    def __init__(self, config: Path, state: Path) -> None:
        self._puna = load_themes()
        self._folder = config / "themes" if config.name else None
        self._choice = state / "theme" if state.name else None
        self._seen: tuple[object, ...] = ()
        self.themes = self._puna
        self.problems: list[str] = []
        self.read()

    @property
    def folder(self) -> Path | None:
        """Where the user's own themes lie."""
        return self._folder

    def read(self) -> bool:
        """Read the user's themes again if a file changed, came or went; whether anything did."""
        seen: tuple[object, ...]
        paths: list[Path] = []
        problems: list[str] = []
        try:
            paths = _paths(self._folder) if self._folder is not None else []
            seen = tuple((path, (facts := path.stat()).st_mtime_ns, facts.st_size) for path in paths)
        except (OSError, ThemeError) as error:
            seen, problems = (str(error),), [str(error)]
        if seen == self._seen:
            return False
        self._seen, self.problems = seen, problems
        own: list[Theme] = []
        for path in paths:
            try:
                own.append(load_theme(path))
            except ThemeError as error:
                self.problems.append(str(error))
        self.themes = _in_order([*self._puna.values(), *own])
        return True

    def chosen(self) -> str:
        """The theme that was chosen last; empty if there is none such."""
        if self._choice is None:
            return ""
        try:
            with self._choice.open("r", encoding="utf-8", errors="replace") as file:
                name = file.read(_CHOICE_LIMIT).strip()
        except OSError:
            return ""
        return name if name in self.themes else ""

    def remember(self, name: str) -> None:
        """Begin with this theme the next time. Raises `OSError`."""
        if self._choice is not None:
            self._choice.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._choice.write_text(f"{name}\n", "utf-8")


def _paths(place: Path) -> list[Path]:
    paths = sorted(place.glob("*.toml"))
    if len(paths) > _FILES_LIMIT:
        raise ThemeError(f"{place} holds {len(paths)} themes; at most {_FILES_LIMIT} are read")
    return paths


def _in_order(themes: Iterable[Theme]) -> dict[str, Theme]:
    by_name = {theme.name: theme for theme in themes}
    return {name: by_name[name] for name in sorted(by_name, key=lambda name: (name != DEFAULT, name))}
