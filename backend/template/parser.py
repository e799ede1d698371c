"""Tokens → tree, with the errors that Go's text/template raises before anything runs (the specification's G.1)."""

from __future__ import annotations

from backend.template.errors import fail
from backend.template.lexer import Kind, Token
from backend.template.literals import unquote
from backend.template.nodes import Action, Branch, Invocation, Jump, Node, Nodes, Text, Tree
from backend.template.pipelines import SHOWN, PipelineParser


def parse(source: str) -> Tree:
    """The tree of a template. Raises `BadTemplate` naming line and cause."""
    return _Parser(source).tree()


class _Parser(PipelineParser):
    def __init__(self, source: str) -> None:
        super().__init__(source)
        self._ranges = 0
        self._defined: dict[str, Nodes] = {}

    def tree(self) -> Tree:
        nodes: list[Node] = []
        while self.token.kind is not Kind.END:
            if self.starts_with("define"):
                self._define()
                continue
            node = self._node()
            if isinstance(node, Token):
                raise fail(node.line, f"unexpected {{{{{node.text}}}}}")
            nodes.append(node)
        return Tree(tuple(nodes), self._defined)

    def _nodes(self) -> tuple[Nodes, Token]:
        """What stands up to `end` or `else`, and that word."""
        nodes: list[Node] = []
        self.deeper(self.token.line)
        while self.token.kind is not Kind.END:
            node = self._node()
            if isinstance(node, Token):
                self.depth -= 1
                return tuple(nodes), node
            nodes.append(node)
        raise fail(self.token.line, "unexpected EOF")

    def _node(self) -> Node | Token:
        """The next node; the token of an `end` or `else`."""
        token = self.next()
        if token.kind is Kind.TEXT:
            return Text(token.text)
        word = self.peek()
        if word.kind is Kind.WORD:
            if word.text in {"if", "with", "range"}:
                self.next()
                return self._branch(word.text)
            if word.text in {"end", "else"}:
                self.next()
                return self._ending(word)
            if word.text in {"break", "continue"}:
                self.next()
                return self._jump(word)
            if word.text in {"template", "block"}:
                self.next()
                return self._invocation(word)
        return Action(self.pipe("command", Kind.CLOSE))

    def _ending(self, word: Token) -> Token:
        follows = self.peek()
        if word.text == "end" or follows.text not in {"if", "with"}:
            self.expect_close(word.text)
        return word

    def _jump(self, word: Token) -> Jump:
        self.expect_close(f"{{{{{word.text}}}}}")
        if not self._ranges:
            raise fail(word.line, f"{{{{{word.text}}}}} outside {{{{range}}}}")
        return Jump(word.text)

    def _branch(self, word: str) -> Branch:
        known = len(self.variables)
        pipe = self.pipe(word, Kind.CLOSE)
        self._ranges += word == "range"
        body, ending = self._nodes()
        self._ranges -= word == "range"
        otherwise: Nodes = ()
        if ending.text == "else":
            following = self.token
            if following.text in {"if", "with"} and following.kind is Kind.WORD:
                if following.text != word:
                    raise self.unexpected(following, "else")
                self.next()
                self.deeper(following.line)
                otherwise = (self._branch(word),)
                self.depth -= 1
            else:
                otherwise, ending = self._nodes()
                if ending.text != "end":
                    raise fail(ending.line, f"expected end; found {{{{{ending.text}}}}}")
        del self.variables[known:]
        return Branch(word, pipe, body, otherwise)

    def _name(self, context: str) -> str:
        token = self.next_solid()
        if token.kind not in {Kind.STRING, Kind.RAW}:
            raise self.unexpected(token, context)
        return unquote(token)

    def _define(self) -> None:
        line = self.token.line
        name = self._name("define clause")
        self.expect_close("define clause")
        self._define_body(name, line, "define clause")

    def _define_body(self, name: str, line: int, context: str) -> None:
        outer = self.variables, self._ranges
        self.variables, self._ranges = ["$"], 0
        nodes, ending = self._nodes()
        if ending.text != "end":
            raise fail(ending.line, f"unexpected {{{{{ending.text}}}}} in {context}")
        self.variables, self._ranges = outer
        known = self._defined.get(name, ())
        if not _is_empty(known):
            if not _is_empty(nodes):
                raise fail(line, f'multiple definition of template "{name[:SHOWN]}"')
            return
        self._defined[name] = nodes

    def _invocation(self, word: Token) -> Invocation:
        context = f"{word.text} clause"
        name = self._name(context)
        pipe = None
        if word.text == "block" or self.peek().kind is not Kind.CLOSE:
            pipe = self.pipe(context, Kind.CLOSE)
        else:
            self.next()
        if word.text == "block":
            self._define_body(name, word.line, context)
        return Invocation(word.line, name, pipe)


def _is_empty(nodes: Nodes) -> bool:
    return all(isinstance(node, Text) and not node.text.strip() for node in nodes)
