"""Colours for code, by Pygments, which is loaded at the first fence that names a language."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from tui.transcript.tone import Line, Run, Tone, Tones, text_of

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

_PLAIN: Tones = (Tone.CODE,)
_LONG_LINE = 1_000  # characters; expressions of a lexer may take long on a line that no person wrote
# What models write. Only these: other names would have Pygments search the installed packages for plug-ins.
LANGUAGES = frozenset(
    """
    asm awk bash bat c c# c++ clj clojure cmake console cpp cs csharp css cuda cypher dart diff docker dockerfile
    elixir elm erlang fish fortran fsharp go golang graphql groovy h haskell hcl hpp hs html ini java javascript
    jinja js json json5 jsonc jsx julia kotlin kt latex less lisp llvm lua make makefile markdown matlab md mysql nasm
    nginx nim nix objc objective-c ocaml patch perl php postgresql powershell prolog proto protobuf ps1 py py3 pycon
    python python3 r racket rb rs rst ruby rust sass scala scheme scss sh shell solidity sql sqlite3 swift tcl
    terraform tex toml ts tsx typescript typst vala vhdl vim vue xml yaml yml zig zsh
    """.split()  # noqa: SIM905 # a list would take a line a language
)
_ALIASES = {
    "h": "c",
    "hpp": "cpp",
    "jsonc": "json5",
    "kt": "kotlin",
    "patch": "diff",
}  # those that Pygments does not know


@lru_cache(maxsize=128)
def highlight(code: str, language: str) -> tuple[Line, ...]:
    """Lines of runs of code, every line of which ends with a line break; plain if the language is not known."""
    lines = code.split("\n")[:-1]
    plain = tuple(((line, _PLAIN),) for line in lines)
    if language not in LANGUAGES or any(len(line) > _LONG_LINE for line in lines):
        return plain
    coloured: list[list[Run]] = [[]]
    for _, kind, text in _lexer(language).get_tokens_unprocessed(code):
        tones = _tones(kind)
        for number, piece in enumerate(text.split("\n")):
            if number:
                coloured.append([])
            if piece:
                _add(coloured[-1], piece, tones)
    found = tuple(tuple(runs) or (("", _PLAIN),) for runs in coloured[: len(lines)])
    # Whatever a lexer does, it only colours: a text that it changed is shown as it was.
    return found if [text_of(line) for line in found] == lines else plain


def _add(runs: list[Run], text: str, tones: Tones) -> None:
    if runs and runs[-1][1] == tones:
        text = runs.pop()[0] + text
    runs.append((text, tones))


@cache
def _lexer(language: str) -> Lexer:
    from pygments.lexers import get_lexer_by_name

    lexer: Lexer = get_lexer_by_name(_ALIASES.get(language, language))
    return lexer


@cache
def _tones(kind: _TokenType) -> Tones:
    from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String

    table = (
        (Comment, Tone.COMMENT),
        (Keyword.Constant, Tone.NUMBER),
        (Keyword, Tone.KEYWORD),
        (Operator.Word, Tone.KEYWORD),
        (Name.Tag, Tone.KEYWORD),
        (Name.Function, Tone.NAME),
        (Name.Class, Tone.NAME),
        (Name.Namespace, Tone.NAME),
        (Name.Attribute, Tone.NAME),
        (Name.Builtin, Tone.BUILTIN),
        (Name.Decorator, Tone.BUILTIN),
        (Name.Exception, Tone.BUILTIN),
        (String, Tone.STRING),
        (Number, Tone.NUMBER),
        (Generic.Inserted, Tone.STRING),
        (Generic.Deleted, Tone.ERROR),
        (Generic.Heading, Tone.NAME),
        (Generic.Subheading, Tone.NAME),
        (Generic.Prompt, Tone.COMMENT),
        (Generic.Error, Tone.ERROR),
    )
    kinds = kind.split()
    return next(((*_PLAIN, tone) for parent, tone in table if parent in kinds), _PLAIN)
