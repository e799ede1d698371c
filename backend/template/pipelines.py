"""Walking over tokens, and the pipelines inside an action (the specification's section G.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.template.budget import NESTING
from backend.template.errors import fail
from backend.template.functions import NAMES
from backend.template.lexer import Kind, Token, tokens
from backend.template.literals import number, unquote
from backend.template.nodes import Chain, Dot, Field, Function, Literal, Operand, Pipe, Variable

if TYPE_CHECKING:
    from backend.errors import BadTemplate

_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "nil": None}
SHOWN = 80  # characters of the template that an error repeats
_KEYWORDS = frozenset({"if", "with", "range", "end", "else", "break", "continue", "template", "block", "define"})


class PipelineParser:
    """Parses pipelines; `backend.template.parser` adds what stands around them."""

    def __init__(self, source: str) -> None:
        self._tokens = list(tokens(source))
        self._at = 0
        self.variables = ["$"]
        self.depth = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._at]

    def next(self) -> Token:
        token = self._tokens[self._at]
        if token.kind is not Kind.END:
            self._at += 1
        return token

    def peek(self) -> Token:
        """The next token that is not blank space, which is skipped."""
        while self.token.kind is Kind.SPACE:
            self._at += 1
        return self.token

    def next_solid(self) -> Token:
        self.peek()
        return self.next()

    def starts_with(self, word: str) -> bool:
        """Whether an action that begins with `word` comes next; if so it is entered."""
        if self.token.kind is not Kind.OPEN:
            return False
        start = self._at
        self.next()
        if self.peek() == Token(Kind.WORD, word, self.token.line):
            self.next()
            return True
        self._at = start
        return False

    def unexpected(self, token: Token, context: str) -> BadTemplate:
        shown = "EOF" if token.kind is Kind.END else f'"{token.text[:SHOWN]}"'
        return fail(token.line, f"unexpected {shown} in {context}")

    def expect_close(self, context: str) -> None:
        token = self.next_solid()
        if token.kind is not Kind.CLOSE:
            raise self.unexpected(token, context)

    def deeper(self, line: int) -> None:
        self.depth += 1
        if self.depth > NESTING:
            raise fail(line, f"nested deeper than {NESTING} levels")

    def pipe(self, context: str, end: Kind) -> Pipe:
        line = self.peek().line
        declares, assigns = self._declarations(context)
        commands: list[tuple[Operand, ...]] = []
        while not self._at_end(end):
            token = self.peek()
            if token.kind in {Kind.CLOSE, Kind.END, Kind.DECLARE} or (token.kind is Kind.SIGN and token.text != "("):
                raise self.unexpected(token, context)
            commands.append(self._command())
        self.next()
        if not commands:
            raise fail(line, f"missing value for {context}")
        for stage, command in enumerate(commands[1:], 2):
            if isinstance(command[0], Literal | Dot):
                raise fail(line, f"non executable command in pipeline stage {stage}")
        return Pipe(line, declares, assigns, tuple(commands))

    def _at_end(self, end: Kind) -> bool:
        token = self.peek()
        return token.kind is end and (end is not Kind.SIGN or token.text == ")")

    def _declarations(self, context: str) -> tuple[tuple[str, ...], bool]:
        names: list[str] = []
        while self.peek().kind is Kind.VARIABLE:
            start = self._at
            name = self.next().text
            sign = self.peek()
            if sign.kind is Kind.DECLARE or (sign.kind is Kind.SIGN and sign.text == "="):
                self.next()
                names.append(name)
                self.variables += names
                return tuple(names), sign.text == "="
            if sign.kind is not Kind.SIGN or sign.text != ",":
                self._at = start
                break
            self.next()
            names.append(name)
            if context != "range" or len(names) > 1:
                raise fail(sign.line, f"too many declarations in {context}")
        if names:
            raise fail(self.token.line, "range can only initialize variables")
        return (), False

    def _command(self) -> tuple[Operand, ...]:
        operands: list[Operand] = []
        while True:
            self.peek()
            operand = self._operand()
            if operand is not None:
                operands.append(operand)
            token = self.token
            if token.kind is Kind.SPACE:
                continue
            if token.kind is Kind.SIGN and token.text == "|":
                self.next()
            elif token.kind is not Kind.CLOSE and token.text != ")":
                raise self.unexpected(token, "operand")
            break
        if not operands:
            raise fail(token.line, "empty command")
        return tuple(operands)

    def _operand(self) -> Operand | None:
        token = self.token
        node = self._term()
        names: list[str] = []
        while node is not None and self.token.kind is Kind.FIELD:
            names.append(self.next().text[1:])
        if not names or node is None:
            return node
        if isinstance(node, Field):
            return Field((*node.names, *names))
        if isinstance(node, Variable):
            return Variable(node.name, tuple(names))
        if isinstance(node, Literal | Dot):
            raise fail(token.line, f'unexpected . after term "{token.text[:SHOWN]}"')
        return Chain(node, tuple(names))

    def _term(self) -> Operand | None:
        token = self.token
        if token.kind is Kind.SIGN and token.text == "(":
            self.next()
            self.deeper(token.line)
            pipe = self.pipe("parenthesized pipeline", Kind.SIGN)
            self.depth -= 1
            return pipe
        node = self._simple(token)
        if node is not None:
            self.next()
        return node

    def _simple(self, token: Token) -> Operand | None:
        match token.kind:
            case Kind.STRING | Kind.RAW:
                return Literal(unquote(token))
            case Kind.CHAR | Kind.NUMBER:
                return Literal(number(token))
            case Kind.DOT:
                return Dot()
            case Kind.FIELD:
                return Field((token.text[1:],))
            case Kind.VARIABLE if token.text not in self.variables:
                raise fail(token.line, f'undefined variable "{token.text[:SHOWN]}"')
            case Kind.VARIABLE:
                return Variable(token.text, ())
            case Kind.WORD if token.text in _CONSTANTS:
                return Literal(_CONSTANTS[token.text])
            case Kind.WORD if token.text in NAMES:
                return Function(token.text)
            case Kind.WORD if token.text in _KEYWORDS:
                raise self.unexpected(token, "command")
            case Kind.WORD:
                raise fail(token.line, f'function "{token.text[:SHOWN]}" not defined')
        return None
