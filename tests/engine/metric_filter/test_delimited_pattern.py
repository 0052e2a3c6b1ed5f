"""Patterns of space-delimited lines: the rules of the published pages, each a row."""

import pytest

from rehearsal.engine.errors import PatternError
from rehearsal.engine.inferred import Inference
from rehearsal.engine.metric_filter.pattern import parse_pattern

ACCESS = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
SEVEN = "ip, user, username, timestamp"
PAGE = "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200"
PART = "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310"
INVALID = "WARNING 09/25/2014 12:00:02 Invalid user request"
FAILED = "ERROR 09/25/2014 12:00:02 Failed to process request"
FLOW = "2 123456789010 eni-1 10.0.0.1 10.0.0.2 49761 22 6 20 4249 1418530010 1418530070 REJECT OK"


@pytest.mark.parametrize(
    ("pattern", "line", "matches"),
    [
        pytest.param(
            r"[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, "
            "status_code = 4*, bytes]",
            ACCESS,
            True,
            id="seven fields with a regex and wildcards",
        ),
        pytest.param(
            f"[{SEVEN}, request, status = 500, bytes]", ACCESS, False, id="another status"
        ),
        pytest.param(f"[{SEVEN}, request, status = 404, bytes > 1000]", ACCESS, True, id="above"),
        pytest.param(f"[{SEVEN}, request, status, bytes > 1534]", ACCESS, False, id="not above"),
        pytest.param(f"[{SEVEN}, request, status, bytes >= 1.534e3]", ACCESS, True, id="at least"),
        pytest.param(f"[{SEVEN}, request, status, bytes < 1534]", ACCESS, False, id="not below"),
        pytest.param(f"[{SEVEN}, request, status, bytes <= 1534]", ACCESS, True, id="at most"),
        pytest.param(f"[{SEVEN}, request > 5, status, b]", ACCESS, False, id="an order of text"),
        pytest.param(
            "[..., request =*.html*, status_code = 4*, bytes]", ACCESS, True, id="a gap in front"
        ),
        pytest.param("[..., status = 4*]", ACCESS, False, id="a gap counts from the right"),
        pytest.param("[ip = 127.*, ...]", ACCESS, True, id="a gap at the end"),
        pytest.param("[ip = 127.*, ..., bytes = 1534]", ACCESS, True, id="a gap in the middle"),
        pytest.param("[..., a, b, c, d, e, f, g]", ACCESS, True, id="a gap of no field"),
        pytest.param("[..., a, b, c, d, e, f, g, h]", ACCESS, False, id="too few beside a gap"),
        pytest.param("[...]", ACCESS, True, id="only a gap"),
        pytest.param(
            f"[{SEVEN}, request, s = 404 || s = 410, bytes]", ACCESS, True, id="or, the first"
        ),
        pytest.param(
            f"[{SEVEN}, request, s = 410 || s = 404, bytes]", ACCESS, True, id="or, the second"
        ),
        pytest.param(
            f"[{SEVEN}, request, s != 404 && s = 4*, bytes]", ACCESS, False, id="and, one fails"
        ),
        pytest.param(
            f"[{SEVEN}, request, s = 5* || s > 400 && s < 410, b]", ACCESS, True, id="and before or"
        ),
        pytest.param(
            f'[{SEVEN}, request = "GET /index.html HTTP/1.0", s, b]', ACCESS, True, id="a phrase"
        ),
        pytest.param(
            f"[{SEVEN}, request, status]", ACCESS, True, id="the last field takes the rest"
        ),
        pytest.param(f"[{SEVEN}, request, s = 404]", ACCESS, False, id="not with a condition"),
        pytest.param(f"[{SEVEN}, r, s, bytes, more]", ACCESS, False, id="too few fields"),
        pytest.param("[w1=ERROR, w2]", FAILED, True, id="the first word"),
        pytest.param("[w1=ERROR, w2]", INVALID, False, id="another first word"),
        pytest.param("[w1=ERROR]", FAILED, False, id="no blank field after the ordered terms"),
        pytest.param("[w1=ERROR]", "ERROR", True, id="a line of one word"),
        pytest.param("[w1=ERROR || w1=WARNING, w2]", INVALID, True, id="either first word"),
        pytest.param("[w1=ERROR || w1=WARNING, w2]", PAGE, False, id="neither first word"),
        pytest.param("[w1!=ERROR && w1!=WARNING, w2]", PAGE, True, id="excluded words"),
        pytest.param("[w1!=ERROR && w1!=WARNING, w2]", INVALID, False, id="an excluded word"),
        pytest.param(
            "[level, date, time, method, url=%/service/resource/[0-9]+$%, ms]", PAGE, True, id="top"
        ),
        pytest.param(
            "[level, date, time, method, url=%/service/resource/[0-9]+$%, ms]", PART, False, id="no"
        ),
        pytest.param(
            "[l, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%, ms]",
            PART,
            True,
            id="child",
        ),
        pytest.param("[l, d, t, method, url=/service/*, ms]", PAGE, True, id="a bare path"),
        pytest.param(
            '[v, a, e, s, d, sp, port="22", protocol="6", p, b, from, to, action="REJECT", status]',
            FLOW,
            True,
            id="a flow log",
        ),
        pytest.param("[a, b]", "", False, id="an empty line"),
        pytest.param("[a, b]", "  x   y  ", True, id="spaces around and between"),
        pytest.param("[a, b=y]", "x  y\n", True, id="a printed line"),
        pytest.param('[a="b c", d]', "[b c] d", True, id="square brackets hold one field"),
        pytest.param('[a="[b", c=d]', "[b d", True, id="a bracket that is never closed"),
        pytest.param('[a, b="", c]', 'x "" y', True, id="an empty quoted field"),
    ],
)
def test_fields(pattern: str, line: str, *, matches: bool) -> None:
    assert (parse_pattern(pattern).match(line) is not None) is matches


def test_a_match_holds_the_fields_without_their_brackets() -> None:
    pattern = parse_pattern("[ip, user, username, timestamp, request, status_code, bytes]")
    match = pattern.match(ACCESS)
    assert match
    assert match.fields == {
        "ip": "127.0.0.1",
        "user": "Prod",
        "username": "frank",
        "timestamp": "10/Oct/2000:13:25:15 -0700",
        "request": "GET /index.html HTTP/1.0",
        "status_code": "404",
        "bytes": "1534",
    }


def test_the_rest_of_a_line_is_held_as_it_stands() -> None:
    match = parse_pattern("[level, message]").match('ERROR [a b]  "c d" ')
    assert match
    assert match.fields["message"] == '[a b]  "c d"'


def test_a_line_of_opening_brackets_is_split_like_any_other() -> None:
    line = '[ "' * 20_000
    assert parse_pattern("[..., last]").match(line)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[]", "found ']' at character 2 where '...' or the name of a field was expected"),
        ("[a, b", "found its end"),
        ("[a b]", "or a comma"),
        ("[a,, b]", "found ','"),
        ("[a, b] c", "found 'c'"),
        ("[..., a, ...]", "has 2 times '...'; expected it at most once"),
        ("[a, b, a]", "names 'a' twice; expected each field once"),
        ("[a=1 && b=2]", "one field is tested as a and b; expected one name in a field"),
        ("[(a=1), b]", "found '('"),
        ("[a > x, b]", "> compares with 'x'; expected a number"),
        ("[a=%a%, b=%b%, c=%c%]", "has 3 regular expressions; expected at most 2"),
        ("[a=%(%]", "contains '('"),
    ],
)
def test_what_is_no_pattern_is_refused_with_what_was_expected(pattern: str, expected: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(pattern)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "inferred"),
    [
        ("[w1=ERROR, w2]", {Inference.FILTER_LAST_FIELD}),
        ("[w1, w2=ERROR]", set()),
        ("[..., w1]", set()),
    ],
)
def test_only_a_last_plain_field_rests_on_an_inference(
    pattern: str, inferred: set[Inference]
) -> None:
    assert parse_pattern(pattern).inferred == inferred
