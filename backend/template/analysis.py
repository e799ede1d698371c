"""What a template's text says about the model, without running it (the specification's sections G.2, G.7 and G.8)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from backend.template.nodes import (
    Action,
    Branch,
    Chain,
    Field,
    Invocation,
    Literal,
    Nodes,
    Operand,
    Pipe,
    Text,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend.template.nodes import Node, Tree


def identifiers(tree: Tree) -> frozenset[str]:
    """Every name of a field that the template reads, in lower case."""
    return frozenset(name.lower() for nodes in _bodies(tree) for node in _all(nodes) for name in _names(node))


def literals(tree: Tree) -> frozenset[str]:
    """Every string that stands in an action."""
    operands = (operand for nodes in _bodies(tree) for node in _all(nodes) for operand in _operands(_pipe_of(node)))
    return frozenset(item.value for item in operands if isinstance(item, Literal) and isinstance(item.value, str))


def thinking_tags(tree: Tree) -> tuple[str, str] | None:
    """What stands around `.Thinking` in a loop over the messages; `None` if there is no such pair of texts."""
    opening = closing = ""
    for nodes in _bodies(tree):
        for block in _thinking_blocks(nodes, in_loop=False):
            first, last = block[0], block[-1]
            opening = first.text.strip() if isinstance(first, Text) else opening
            closing = last.text.strip() if isinstance(last, Text) else closing
    return (opening, closing) if opening and closing else None


def tool_tag(tree: Tree) -> str:
    """What a tool call begins with: the first text under `if .ToolCalls`, up to a brace; `{` if there is none."""
    for nodes in _bodies(tree):
        for node in _all(nodes):
            if isinstance(node, Branch) and node.word == "if" and "ToolCalls" in _names(node):
                return _first_text(node.body).partition("{")[0].strip() or "{"
    return "{"


def cut_after(nodes: Nodes, name: str) -> Nodes:
    """The nodes up to the first that reads the field `name`, with nothing behind it."""
    return _cut(nodes, name)[0]


def _cut(nodes: Nodes, name: str) -> tuple[Nodes, bool]:
    kept: list[Node] = []
    for node in nodes:
        found = name in _names(node)
        if isinstance(node, Branch):
            body, otherwise = node.body, node.otherwise
            if found:
                body = otherwise = ()
            else:
                body, found = _cut(body, name)
                otherwise, found = ((), True) if found else _cut(otherwise, name)
            node = replace(node, body=body, otherwise=otherwise)
        kept.append(node)
        if found:
            return tuple(kept), True
    return tuple(kept), False


def _thinking_blocks(nodes: Nodes, *, in_loop: bool) -> Iterator[Nodes]:
    """The innermost blocks that mention `.Thinking` inside a loop over messages, outer ones first."""
    for node in nodes:
        if in_loop and "Thinking" in _names(node):
            yield nodes
        if isinstance(node, Branch):
            is_loop = "Messages" in _names(node) if node.word == "range" else in_loop
            yield from _thinking_blocks(node.body, in_loop=is_loop)
            yield from _thinking_blocks(node.otherwise, in_loop=is_loop)


def _first_text(nodes: Nodes) -> str:
    return next((node.text for node in _all(nodes) if isinstance(node, Text) and node.text.strip()), "")


def _bodies(tree: Tree) -> Iterator[Nodes]:
    yield tree.root
    yield from tree.defined.values()


def _all(nodes: Nodes) -> Iterator[Node]:
    for node in nodes:
        yield node
        if isinstance(node, Branch):
            yield from _all(node.body)
            yield from _all(node.otherwise)


def _pipe_of(node: Node) -> Pipe | None:
    return node.pipe if isinstance(node, Action | Branch | Invocation) else None


def _operands(pipe: Pipe | None) -> Iterator[Operand]:
    for command in pipe.commands if pipe else ():
        for operand in command:
            yield from _inside(operand)


def _inside(operand: Operand) -> Iterator[Operand]:
    yield operand
    if isinstance(operand, Chain):
        yield from _inside(operand.operand)
    elif isinstance(operand, Pipe):
        yield from _operands(operand)


def _names(node: Node) -> Iterator[str]:
    """The fields that the node's own pipe reads."""
    for operand in _operands(_pipe_of(node)):
        if isinstance(operand, Field | Variable | Chain):
            yield from operand.names
