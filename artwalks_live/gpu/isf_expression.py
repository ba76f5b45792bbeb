"""The sizes of an ISF pass: `floor($WIDTH / 4.0)`, `max($HEIGHT * $detail, 16)`: arithmetic, and nothing else."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping

_TWO: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Mod: operator.mod, ast.Pow: operator.pow,
}  # fmt: skip
_CALLS: dict[str, Callable[..., float]] = {
    "floor": math.floor, "ceil": math.ceil, "round": round, "abs": abs, "min": min, "max": max, "sqrt": math.sqrt,
}  # fmt: skip
_LONGEST = 200
_BEFORE = "isf_"


class Expression:
    """One expression, checked when it is made. Raises ValueError with what is wrong."""

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > _LONGEST:
            raise ValueError(f"{text[:40]!r}… is too long")
        try:
            tree = ast.parse(re.sub(r"\$(\w+)", rf"{_BEFORE}\1", text.strip()), mode="eval").body
        except (SyntaxError, ValueError, RecursionError):
            raise ValueError(f"{text!r} cannot be read: write arithmetic like $WIDTH / 4.0") from None
        self._tree = tree
        self.names = frozenset(self._check(tree))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def size(self, values: Mapping[str, float]) -> int:
        """Its value in pixels, 1 to 8192. `values`: WIDTH, HEIGHT and the filter's inputs; what is missing is 0."""
        try:
            value = float(self._value(self._tree, values))
        except (ArithmeticError, ValueError):
            return 1
        return int(min(max(value, 1.0), 8192.0)) if math.isfinite(value) else 1

    def _check(self, node: ast.expr) -> list[str]:
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return []
        if isinstance(node, ast.Name) and node.id.startswith(_BEFORE):
            return [node.id.removeprefix(_BEFORE)]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            return self._check(node.operand)
        if isinstance(node, ast.BinOp) and type(node.op) in _TWO:
            return self._check(node.left) + self._check(node.right)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS and node.args:
            return [name for each in node.args for name in self._check(each)]
        shown = ast.unparse(node).replace(_BEFORE, "$")
        known = ", ".join(("numbers", "$WIDTH", "$HEIGHT", *_CALLS))
        raise ValueError(f"{self.text!r}: {shown!r} is no arithmetic: use {known}")

    def _value(self, node: ast.expr, values: Mapping[str, float]) -> float:
        if isinstance(node, ast.Constant):
            return float(node.value)  # type: ignore[arg-type]
        if isinstance(node, ast.Name):
            return values.get(node.id.removeprefix(_BEFORE), 0.0)
        if isinstance(node, ast.UnaryOp):
            value = self._value(node.operand, values)
            return -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.BinOp):
            return _TWO[type(node.op)](self._value(node.left, values), self._value(node.right, values))
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        return float(_CALLS[node.func.id](*(self._value(each, values) for each in node.args)))
