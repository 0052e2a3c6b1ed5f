"""Random metric math as trees, and their text with as few parentheses as precedence allows."""

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from tests.engine.expression.reference import Tree

METRICS = ("m1", "m2", "e3")
LOOSENESS = {"OR": 1, "AND": 2, "+": 4, "-": 4, "*": 5, "/": 5, "^": 7}
COMPARISON, NEGATIVE, ATOM = 3, 6, 8
ARITHMETIC = st.sampled_from(["+", "-", "*", "/"])
TESTS = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "AND", "OR"])
TOTALS = st.sampled_from(["SUM", "AVG", "MIN", "MAX", "STDDEV", "DATAPOINT_COUNT"])
POINTS = st.sampled_from(["ABS", "CEIL", "FLOOR"])
ALONG = st.sampled_from(["DIFF", "DIFF_TIME", "RATE", "RUNNING_SUM"])
CALENDAR = st.sampled_from(["MINUTE", "HOUR", "DAY", "DATE", "MONTH", "YEAR", "EPOCH"])
KEYS = st.sampled_from(["AVG", "MIN", "MAX", "SUM"])
ORDERS = st.sampled_from(["ASC", "DESC"])
NEIGHBOURS = st.sampled_from(["REPEAT", "LINEAR"])

Trees = st.SearchStrategy[Tree]

NUMBERS: Trees = st.tuples(
    st.just("number"), st.sampled_from([Fraction(n, 2) for n in (0, 1, 2, 4, 5, 8, 60)])
)
METRIC: Trees = st.tuples(st.just("metric"), st.sampled_from(METRICS))
EXPONENT: Trees = st.tuples(st.just("number"), st.sampled_from([Fraction(n) for n in range(4)]))


def node(kind: str, *parts: st.SearchStrategy[Any]) -> Trees:
    """Draw a tree of a kind."""
    return st.tuples(st.just(kind), *parts)


def scalars(depth: int) -> Trees:
    """Draw S."""
    if depth == 0:
        return NUMBERS | node("period", st.sampled_from(METRICS))
    inner = scalars(depth - 1)
    return st.one_of(
        NUMBERS,
        node("operator", ARITHMETIC | TESTS, inner, inner),
        node("negative", inner),
        node("total", TOTALS, series(depth - 1)),
        node("count", arrays(depth - 1)),
    )


def series(depth: int) -> Trees:
    """Draw TS."""
    if depth == 0:
        return METRIC
    one, number, many = series(depth - 1), scalars(depth - 1), arrays(depth - 1)
    return st.one_of(
        METRIC,
        node("operator", ARITHMETIC | TESTS, one, one),
        node("operator", ARITHMETIC | TESTS, one, number),
        node("operator", ARITHMETIC | TESTS, number, one),
        node("operator", st.just("^"), METRIC, EXPONENT),
        node("negative", one),
        node("point", POINTS, one),
        node("along", ALONG, one),
        node("total", TOTALS, many),
        node("constant", number),
        node("calendar", CALENDAR, one),
        node("fill", one, number | NEIGHBOURS),
        node("if", one, one | number, st.none() | one | number),
        node("if", number, one, st.none() | one),
        node("first", many),
        node("last", many),
        st.integers(0, 2).flatmap(lambda n: node("slice", many, st.just(n), st.just(n + 1))),
    )


def arrays(depth: int) -> Trees:
    """Draw TS[]."""
    if depth == 0:
        return node("metrics", st.sampled_from(["", "m", "3", "none"]))
    one, many = series(depth - 1), arrays(depth - 1)
    limits = st.none() | st.integers(0, 3)
    return st.one_of(
        arrays(0),
        node("array", one),
        node("array", one, one | many),
        node("array", many, one),
        node("operator", ARITHMETIC, many, one | scalars(depth - 1)),
        node("operator", ARITHMETIC, one | scalars(depth - 1), many),
        node("negative", many),
        node("point", POINTS, many),
        node("along", ALONG, many),
        node("fill", many, scalars(depth - 1) | NEIGHBOURS | one),
        node("remove_empty", many),
        node("slice", many, st.integers(0, 2), st.none() | st.integers(3, 5)),
        node("sort", many, KEYS, ORDERS, limits),
    ).filter(lambda tree: tree[0] != "slice" or tree[3] is None or tree[3] - tree[2] != 1)


def render(tree: Any, tightest: int = 0) -> str:
    """Write a tree; one looser than the place it stands in gets parentheses."""
    kind, *parts = tree
    if kind == "operator":
        operator, left, right = parts
        level = LOOSENESS.get(operator, COMPARISON)
        apart = level in (COMPARISON, LOOSENESS["^"])
        before = render(left, level + apart)
        after = render(right, NEGATIVE if operator == "^" else level + 1)
        text = f"{before} {operator} {after}"
    elif kind == "negative":
        level, text = NEGATIVE, f"-{render(parts[0], NEGATIVE)}"
    else:
        level, text = ATOM, render_atom(kind, parts)
    return text if level >= tightest else f"({text})"


def render_atom(kind: str, parts: list[Any]) -> str:
    """Write what needs no parentheses."""
    match kind:
        case "number":
            return f"{float(parts[0]):g}"
        case "metric":
            return str(parts[0])
        case "array":
            return f"[{', '.join(map(render, parts))}]"
        case "metrics":
            return f'METRICS("{parts[0]}")' if parts[0] else "METRICS()"
        case "point" | "along" | "total" | "calendar":
            return f"{parts[0]}({render(parts[1])})"
        case _:
            name = {"count": "METRIC_COUNT", "constant": "TIME_SERIES"}.get(kind, kind.upper())
            given = [render_argument(part) for part in parts if part is not None]
            return f"{name}({', '.join(given)})"


def render_argument(part: Any) -> str:
    """Write a tree, a keyword, a metric's id or a count."""
    return render(part) if isinstance(part, tuple) else str(part)
