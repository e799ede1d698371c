"""Running a parsed template over data, as Go's text/template does (the specification's section G.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.template.budget import Budget
from backend.template.comparing import truth
from backend.template.errors import fail
from backend.template.functions import CallFailed, call
from backend.template.nodes import (
    Action,
    Branch,
    Chain,
    Dot,
    Field,
    Function,
    Invocation,
    Jump,
    Literal,
    Nodes,
    Operand,
    Pipe,
    Text,
    Variable,
)
from backend.template.printing import plain, shown
from backend.template.values import (
    MISSING,
    JsonList,
    JsonMap,
    Struct,
    Value,
    type_name,
    unwrap,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from backend.errors import BadTemplate
    from backend.template.nodes import Tree


def run(tree: Tree, data: Value, today: date, budget: Budget | None = None) -> str:
    """The text that the template makes of `data`. Raises `BadTemplate`, also when `budget` is used up."""
    state = _State(tree, today, budget or Budget())
    state.variables.append(("$", data))
    state.nodes(data, tree.root)
    return whole("".join(state.output))


class _State:
    def __init__(self, tree: Tree, today: date, budget: Budget) -> None:
        self.output: list[str] = []
        self.variables: list[tuple[str, Value]] = []
        self._tree = tree
        self._today = today
        self._budget = budget

    def _fail(self, cause: str) -> BadTemplate:
        return fail(self._budget.line, cause)

    def nodes(self, dot: Value, nodes: Nodes) -> str:
        """Runs them; returns `break` or `continue` if one of these ended the run, else nothing."""
        for node in nodes:
            self._budget.work()
            jump = ""
            match node:
                case Text(text):
                    self._print(text)
                case Action(pipe):
                    value = self._pipe(dot, pipe)
                    if not pipe.declares:
                        self._print(shown(value))
                case Branch(word="range"):
                    jump = self._range(dot, node)
                case Branch():
                    jump = self._branch(dot, node)
                case Invocation():
                    self._invoke(dot, node)
                case Jump(word):
                    jump = word
            if jump:
                return jump
        return ""

    def _print(self, text: str) -> None:
        self._budget.made(len(text))
        self.output.append(text)

    def _branch(self, dot: Value, node: Branch) -> str:
        mark = len(self.variables)
        self._budget.enter()
        value = self._pipe(dot, node.pipe)
        if truth(value):
            jump = self.nodes(value if node.word == "with" else dot, node.body)
        else:
            jump = self.nodes(dot, node.otherwise)
        self._budget.leave()
        del self.variables[mark:]
        return jump

    def _range(self, dot: Value, node: Branch) -> str:
        outer = len(self.variables)
        self._budget.enter()
        value = self._pipe(dot, node.pipe)
        mark = len(self.variables)
        ran, jump = False, ""
        for index, item in self._items(unwrap(value), node.pipe):
            ran = True
            self._budget.work()
            self._iterate(node.pipe, index, item)
            ended = self.nodes(item, node.body)
            del self.variables[mark:]
            if ended == "break":
                break
        if not ran:
            jump = self.nodes(dot, node.otherwise)
        self._budget.leave()
        del self.variables[outer:]
        return "" if jump == "break" else jump  # Go ends a range that breaks in its `else`, but not the one around it

    def _items(self, value: Value, pipe: Pipe) -> Iterator[tuple[Value, Value]]:
        if isinstance(value, list):
            yield from enumerate(value)
        elif isinstance(value, dict):
            self._budget.work(len(value))
            for key in sorted(value):
                yield key, value[key]
        elif isinstance(value, int) and not isinstance(value, bool):
            if len(pipe.declares) > 1:
                raise self._fail(f"can't use {value} to iterate over more than one variable")
            for number in range(value):
                yield MISSING, number
        elif value is not MISSING and value is not None:
            raise self._fail(f"range can't iterate over {plain(value)[:80]}")

    def _iterate(self, pipe: Pipe, index: Value, item: Value) -> None:
        """Sets the variables of a range: with two the index comes first."""
        pair = (index, item) if len(pipe.declares) > 1 else (item,)
        if pipe.assigns:
            for name, value in zip(pipe.declares, pair, strict=True):
                self._assign(name, value)
        elif pipe.declares:
            first = len(self.variables) - len(pipe.declares)
            self.variables[first:] = zip(pipe.declares, pair, strict=True)

    def _invoke(self, dot: Value, node: Invocation) -> None:
        self._budget.line = node.line
        nodes = self._tree.defined.get(node.name)
        if nodes is None:
            raise self._fail(f'template "{node.name[:80]}" not defined')
        data: Value = MISSING if node.pipe is None else self._pipe(dot, node.pipe)
        self._budget.enter()
        outer, self.variables = self.variables, [("$", data)]
        self.nodes(data, nodes)
        self.variables = outer
        self._budget.leave()

    # Pipelines.

    def _pipe(self, dot: Value, pipe: Pipe) -> Value:
        self._budget.line = pipe.line
        self._budget.work()
        value: Value = MISSING
        final: tuple[Value, ...] = ()
        for command in pipe.commands:
            value = self._command(dot, command, final)
            value = MISSING if value is None else value
            final = (value,)
        for name in pipe.declares:
            if pipe.assigns:
                self._assign(name, value)
            else:
                self.variables.append((name, value))
        return value

    def _assign(self, name: str, value: Value) -> None:
        self.variables[self._find(name)] = name, value

    def _find(self, name: str) -> int:
        for place in range(len(self.variables) - 1, -1, -1):
            if self.variables[place][0] == name:
                return place
        raise self._fail(f"undefined variable: {name[:80]}")

    def _command(self, dot: Value, command: tuple[Operand, ...], final: tuple[Value, ...]) -> Value:
        first = command[0]
        if isinstance(first, Function):
            return self._call(dot, first.name, command[1:], final)
        given = len(command) > 1 or bool(final)
        if given and isinstance(first, Field | Chain | Variable) and first.names:
            self._chain(self._operand_base(dot, first), first.names[:-1])
            raise self._fail(f"{first.names[-1][:80]} is not a method but has arguments")
        if given:
            raise self._fail("can't give argument to non-function")
        if isinstance(first, Literal) and first.value is None:
            raise self._fail("nil is not a command")
        return self._operand(dot, first)

    def _operand(self, dot: Value, node: Operand) -> Value:
        self._budget.work()
        match node:
            case Literal(value):
                return MISSING if value is None else value
            case Dot():
                return dot
            case Function(name):
                return self._call(dot, name, (), ())
            case Pipe():
                return self._pipe(dot, node)
            case Field(names) | Variable(_, names) | Chain(_, names):
                return self._chain(self._operand_base(dot, node), names)

    def _operand_base(self, dot: Value, node: Field | Variable | Chain) -> Value:
        if isinstance(node, Field):
            return dot
        if isinstance(node, Variable):
            return self.variables[self._find(node.name)][1]
        return self._operand(dot, node.operand)

    def _chain(self, value: Value, names: Sequence[str]) -> Value:
        for name in names:
            value = self._field(value, name)
        return value

    def _field(self, value: Value, name: str) -> Value:
        if value is MISSING:
            return MISSING
        if value is None:
            raise self._fail(f"nil pointer evaluating interface {{}}.{name[:80]}")
        if name == "String" and (isinstance(value, JsonMap | JsonList | Struct)):
            return plain(value)
        container = unwrap(value)
        if isinstance(container, dict):
            return container.get(name, MISSING)
        if isinstance(container, Struct) and name in container.fields:
            return container.fields[name]
        raise self._fail(f"can't evaluate field {name[:80]} in type {type_name(value)}")

    def _call(self, dot: Value, name: str, operands: Sequence[Operand], final: tuple[Value, ...]) -> Value:
        if name in {"and", "or"}:
            return self._junction(dot, name, operands, final)
        arguments = [self._operand(dot, operand) for operand in operands]
        try:
            return call(name, self._budget, self._today, [*arguments, *final])
        except CallFailed as error:
            raise self._fail(str(error)) from None

    def _junction(self, dot: Value, name: str, operands: Sequence[Operand], final: tuple[Value, ...]) -> Value:
        """`and` and `or` evaluate no more than they need."""
        if not operands and not final:
            raise self._fail(f"wrong number of args for {name}: want at least 1 got 0")
        value: Value = MISSING
        for operand in operands:
            value = self._operand(dot, operand)
            if truth(value) == (name == "or"):
                return value
        return final[0] if final else value
