"""What a parsed template is made of. Every node is immutable; `line` counts from 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, number, boolean or `nil` as it stands in the template."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Dot:
    """The value at hand."""


@dataclass(frozen=True, slots=True)
class Field:
    """`.A.B`"""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """`$x.A.B`; the root is `$`."""

    name: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """The name of a built-in."""

    name: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Fields of what stands in parentheses."""

    operand: Operand
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pipe:
    """`declares` holds the variables on the left; `assigns` tells `=` from `:=`."""

    line: int
    declares: tuple[str, ...]
    assigns: bool
    commands: tuple[tuple[Operand, ...], ...]


Operand: TypeAlias = Literal | Dot | Field | Variable | Function | Chain | Pipe


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Action:
    """Prints the pipe, unless it declares."""

    pipe: Pipe


@dataclass(frozen=True, slots=True)
class Branch:
    """`if`, `with` and `range`."""

    word: str
    pipe: Pipe
    body: Nodes
    otherwise: Nodes


@dataclass(frozen=True, slots=True)
class Invocation:
    """`template "name" pipe`"""

    line: int
    name: str
    pipe: Pipe | None


@dataclass(frozen=True, slots=True)
class Jump:
    """`break` or `continue`."""

    word: str


Node: TypeAlias = Text | Action | Branch | Invocation | Jump
Nodes: TypeAlias = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole template: its own nodes and those that it defines by name."""

    root: Nodes
    defined: dict[str, Nodes]
