"""Which features does a `where` expression of a city file keep?"""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from data.importing.errors import ImportStopped

_COMPARISONS: dict[type[ast.cmpop], Callable[[object, object], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,  # type: ignore[dict-item]  # ordered only between comparable values, checked when it runs
    ast.LtE: operator.le,  # type: ignore[dict-item]  # as above
    ast.Gt: operator.gt,  # type: ignore[dict-item]  # as above
    ast.GtE: operator.ge,  # type: ignore[dict-item]  # as above
    ast.In: lambda value, choices: value in choices,  # type: ignore[operator]  # the parser admits lists only
    ast.NotIn: lambda value, choices: value not in choices,  # type: ignore[operator]  # as above
}


class FilterInvalid(ImportStopped):
    """A `where` expression cannot be understood."""

    def __init__(self, expression: str, cause: str) -> None:
        super().__init__(
            f"where: {expression!r} cannot be used: {cause}. "
            "Compare fields with values, such as: level == 6 and name in ['A', 'B']."
        )
        self.expression = expression
        self.cause = cause


@dataclass(frozen=True, slots=True)
class RowFilter:
    """A condition on a feature's attributes: comparisons joined by and, or, not."""

    expression: str

    def __post_init__(self) -> None:
        """Check the expression.

        Raises:
            FilterInvalid: It is not made of comparisons of fields with values.
        """
        self._test(self._tree(), {}, checking=True)

    def fields(self) -> tuple[str, ...]:
        """Names of the fields that the expression uses."""
        return tuple(dict.fromkeys(node.id for node in ast.walk(self._tree()) if isinstance(node, ast.Name)))

    def keeps(self, attributes: Mapping[str, object]) -> bool:
        """Whether the attributes meet the condition; values of different kinds are unequal and unordered."""
        return self._test(self._tree(), attributes)

    def _tree(self) -> ast.expr:
        try:
            return ast.parse(self.expression.strip(), mode="eval").body
        except SyntaxError as error:
            raise FilterInvalid(self.expression, "it is no expression") from error

    def _test(self, node: ast.expr, attributes: Mapping[str, object], *, checking: bool = False) -> bool:
        match node:
            case ast.BoolOp(op=op, values=values):
                answers = [self._test(value, attributes, checking=checking) for value in values]
                return all(answers) if isinstance(op, ast.And) else any(answers)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self._test(operand, attributes, checking=checking)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                first, second = self._value(left, attributes), self._value(right, attributes)
                return not checking and _holds(op, first, second)
        raise FilterInvalid(self.expression, "only comparisons joined by and, or, not are allowed")

    def _value(self, node: ast.expr, attributes: Mapping[str, object]) -> object:
        if isinstance(node, ast.Name):
            return attributes.get(node.id)
        try:
            return ast.literal_eval(node)
        except ValueError as error:
            raise FilterInvalid(self.expression, f"{ast.unparse(node)} is neither a field nor a value") from error


def _holds(op: ast.cmpop, left: object, right: object) -> bool:
    try:
        return bool(_COMPARISONS[type(op)](left, right))
    except TypeError:
        return False
