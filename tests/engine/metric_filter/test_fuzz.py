"""Any text is a pattern or is refused; any line meets any pattern without an accident."""

import re
import string

from hypothesis import example, given
from hypothesis import strategies as st

from rehearsal.engine.errors import PatternError
from rehearsal.engine.metric_filter.pattern import Pattern, parse_pattern
from rehearsal.engine.metric_filter.transformation import MetricFilter

WORDS = re.split(
    " ",
    "{ } [ ] ( ) $.a $.b[*] $.* $.['x'] $[0] = != < >= && || IS NOT EXISTS NULL TRUE %a.*% %[% "
    '"q*" " \\ * ... , w1 w2=4* -5 1e3 ?x -y % \x00 ß',
)
FRAGMENTS = st.lists(st.sampled_from([*WORDS, " ", " ", " ", "\n"]), max_size=14).map("".join)
JSON_TESTS = st.lists(
    st.sampled_from(
        ["$.a = 1", "$.a != x*", "$.b[*] > 2", "$.a IS NULL", "$.c NOT EXISTS", "$.* = %a+%"]
    ),
    min_size=1,
    max_size=3,
).map(lambda tests: "{ " + " || ".join(tests) + " }")
COLUMNS = st.lists(
    st.sampled_from(["a", "b = 1", "c != %x*%", "...", "d = *y* || d > 2", 'e = "f g"']),
    min_size=1,
    max_size=5,
    unique=True,
).map(lambda columns: "[" + ", ".join(columns) + "]")
PATTERNS = st.one_of(st.text(max_size=60), FRAGMENTS, JSON_TESTS, COLUMNS)
JSON_LINES = st.recursive(
    st.sampled_from(["1", "null", "true", '"x"', "-2.5e3", "1" * 400, "NaN"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ",".join(items) + "]"),
        st.lists(inner, max_size=3).map(
            lambda items: (
                "{" + ",".join(f'"{k}":{v}' for k, v in zip("abc", items, strict=False)) + "}"
            )
        ),
    ),
    max_leaves=6,
)
LINES = st.one_of(
    st.text(max_size=60), st.text(string.printable + '[]" ', max_size=60), JSON_LINES, FRAGMENTS
)


def read(text: str) -> Pattern | None:
    try:
        return parse_pattern(text)
    except PatternError:
        return None


@given(text=PATTERNS, line=LINES)
@example(text="(" * 1_024, line="")
@example(text="{" + "(" * 1_023, line="")
@example(text="{" + "($.a=1||" * 127, line="{}")
@example(text="[" * 1_024, line="")
@example(text="%" + "[" * 1_000 + "%", line="")
@example(text="{ $.a[" + "9" * 900 + "] = 1 }", line='{"a": [1]}')
@example(text='{ $.a = "' + "*" * 900 + '" }', line='{"a": "xxxxxxxxxx"}')
@example(text="{ $.a = * }", line='{"a":' + "1" * 10_000 + "}")
@example(text='" "', line="\ud800")
def test_any_line_meets_any_pattern_without_an_accident(text: str, line: str) -> None:
    pattern = read(text)
    if pattern:
        match = pattern.match(line)
        assert match is None or isinstance(match.read("$.a[0]"), str | None)


@given(text=PATTERNS, lines=st.lists(LINES, max_size=4))
def test_a_filter_reads_any_lines(text: str, lines: list[str]) -> None:
    pattern = read(text)
    if not pattern:
        return
    value = next((name for name in ("$.a", "$w1", "$a", "$e") if pattern_reads(pattern, name)), "1")
    metric_filter = MetricFilter(
        name="any",
        log_group="/any",
        pattern=pattern,
        namespace="Any",
        metric_name="Any",
        value=value,
        dimensions=() if value == "1" else (("D", value),),
    )
    samples = metric_filter.read([(60 * second, line) for second, line in enumerate(lines)])
    assert len(samples) <= len(lines)


def pattern_reads(pattern: Pattern, reference: str) -> bool:
    try:
        pattern.check_reference(reference)
    except PatternError:
        return False
    return True
