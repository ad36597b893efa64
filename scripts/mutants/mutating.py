"""The small faults that are put into the code, one at a time: each a change of one node of its syntax tree."""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from types import CodeType

from attrs import evolve, frozen

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
}
FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}
SHAPE_OF_A_CLASS = {"kw_only", "eq", "repr", "slots", "init", "hash", "strict", "alias"}
"""Keywords that say how a class is written or a mistake is found, not what it does."""

NAME_MAX = 110


@frozen
class Place:
    """A function as its code object tells: its name, and its first line with what decorates it."""

    name: str
    line: int


@frozen
class Mutant:
    """One change: where it is, what stood there and stands there now. `name` is its own within a file.

    `function` is the outermost one that it is in the body of; None for what runs when the module is imported.
    """

    line: int
    last_line: int
    name: str
    function: Place | None
    _put: Callable[[], None]

    def compiled(self, tree: ast.Module, path: str) -> CodeType:
        """The module's code with the change in it. The tree stays changed."""
        self._put()
        made: CodeType = compile(ast.fix_missing_locations(tree), path, "exec")
        return made


def mutants_of(tree: ast.Module) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    found = sorted(_in(tree, (), None), key=lambda m: m.line)
    seen: Counter[str] = Counter()
    named = []
    for mutant in found:
        seen[mutant.name] += 1
        again = f" ({seen[mutant.name]})" if seen[mutant.name] > 1 else ""
        named.append(evolve(mutant, name=mutant.name + again))
    return named


def _in(node: ast.AST, scope: tuple[str, ...], function: Place | None) -> Iterator[Mutant]:
    within = function
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        scope = (*scope, node.name)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and function is None:
        within = Place(node.name, min(n.lineno for n in (node, *node.decorator_list)))
    for name, value in ast.iter_fields(node):
        if name in {"decorator_list", "returns", "bases"} or (name == "annotation" and not _says_bounds(value)):
            continue
        inside = within if name == "body" else function  # defaults are made where the function is
        children = value if isinstance(value, list) else [value]
        for at, child in enumerate(children):
            if not isinstance(child, ast.AST) or _left_alone(child):
                continue
            for now in _changed(child, name):
                yield _mutant(node, name, at if isinstance(value, list) else None, child, now, scope, inside)
            yield from _in(child, scope, inside)


def _says_bounds(annotation: object) -> bool:
    return isinstance(annotation, ast.AST) and any(isinstance(n, ast.Call) for n in ast.walk(annotation))


def _left_alone(node: ast.AST) -> bool:
    """Imports, documentation, and keywords that change nothing that a program does."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.keyword):
        return node.arg in SHAPE_OF_A_CLASS
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _mutant(
    parent: ast.AST,
    name: str,
    at: int | None,
    was: ast.AST,
    now: ast.AST,
    scope: tuple[str, ...],
    function: Place | None,
) -> Mutant:
    def put() -> None:
        if at is None:
            setattr(parent, name, ast.copy_location(now, was))
        else:
            getattr(parent, name)[at] = ast.copy_location(now, was)

    shown, changed = (was, now) if not isinstance(was, ast.Constant) else (parent, _with(parent, name, at, now))
    line = getattr(was, "lineno", getattr(parent, "lineno", 1))
    said = f"{_text(shown)} → {_text(changed)}"
    return Mutant(line, getattr(was, "end_lineno", line), f"{'.'.join(scope) or 'module'}: {said}", function, put)


def _with(parent: ast.AST, name: str, at: int | None, now: ast.AST) -> ast.AST:
    copied = deepcopy(parent)
    if at is None:
        setattr(copied, name, now)
    else:
        getattr(copied, name)[at] = now
    return copied


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(ast.fix_missing_locations(deepcopy(node))).split())
    return text if len(text) <= NAME_MAX else text[: NAME_MAX - 1] + "…"


def _changed(node: ast.AST, field: str) -> Iterator[ast.AST]:
    """What may stand in a node's place."""
    if isinstance(node, ast.stmt):
        yield from _statement(node)
    elif isinstance(node, ast.expr):
        if field in {"test", "ifs"}:
            yield from _condition(node)
        yield from _expression(node)


def _statement(node: ast.stmt) -> Iterator[ast.stmt]:
    match node:
        case ast.Expr() | ast.Raise() | ast.Continue() | ast.Break() | ast.Delete():
            yield ast.Pass()
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield ast.Return(value=ast.Constant(value=None))
        case ast.AugAssign(target=target, op=op, value=value) if type(op) in OPERATORS:
            yield ast.AugAssign(target=target, op=OPERATORS[type(op)](), value=value)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _condition(node: ast.expr) -> Iterator[ast.expr]:
    """The opposite of a condition that no other change makes into that."""
    if not isinstance(node, ast.Compare | ast.BoolOp) and not (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    ):
        yield ast.UnaryOp(op=ast.Not(), operand=node)


def _expression(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(left=left, ops=ops, comparators=others):
            for at, op in enumerate(ops):
                yield ast.Compare(left, [*ops[:at], COMPARISONS[type(op)](), *ops[at + 1 :]], others)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(op=ast.Or() if isinstance(op, ast.And) else ast.And(), values=values)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            yield ast.BinOp(left, OPERATORS[type(op)](), right)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(value=not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value=value + 1)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in FUNCTIONS:
            yield ast.Call(ast.Name(FUNCTIONS[name], ast.Load()), args, keywords)
