"""Patterns of JSON lines: the rules of the published pages, each a row."""

import json

import pytest

from rehearsal.engine.errors import PatternError
from rehearsal.engine.inferred import Inference
from rehearsal.engine.metric_filter.json_document import parse_selector
from rehearsal.engine.metric_filter.pattern import parse_pattern

TRAIL = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "cluster.name": "c",
        "status-code": 404,
        "latency": 62.5,
        "cached": True,
        "failed": False,
        "text": "75",
        "quoted": 'a "b" \\c',
        "dotted": "s3.amazonaws.com",
        "big": 1000,
        "negative": -3,
    }
)
ACCOUNTS = json.dumps(
    {
        "user": {"id": 1, "email": "John.Stiles@example.com"},
        "users": [
            {"id": 2, "email": "John.Doe@example.com"},
            {"id": 3, "email": "Jane.Doe@example.com"},
        ],
        "actions": ["GET", "PUT", "DELETE"],
        "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
    }
)


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        pytest.param('{ $.eventType = "UpdateTrail" }', True, id="a quoted string"),
        pytest.param("{$.eventType=UpdateTrail}", True, id="a bare string, no blanks"),
        pytest.param("{ $.eventType = updatetrail }", False, id="strings are case-sensitive"),
        pytest.param('{ $.eventType != "UpdateTrail" }', False, id="not unequal"),
        pytest.param("{ $.sourceIPAddress != 123.123.* }", True, id="a bare address, unequal"),
        pytest.param("{ $.sourceIPAddress = 111.*.111 }", True, id="a wildcard inside"),
        pytest.param("{ $.sourceIPAddress = 111.*.112 }", False, id="a wildcard with a wrong end"),
        pytest.param('{ $.eventType = "*Trail" }', True, id="a wildcard in a quoted string"),
        pytest.param('{ $.eventType = "Up*ate*il" }', True, id="two wildcards inside"),
        pytest.param('{ $.eventType = "Up*il*ate" }', False, id="wildcards in a wrong order"),
        pytest.param('{ $.eventType = "UpdateTrail*UpdateTrail" }', False, id="no part twice"),
        pytest.param("{ $.dotted = s3.amazonaws.com }", True, id="dots in a bare string"),
        pytest.param(r'{ $.quoted = "a \"b\" \\c" }', True, id="escapes in a quoted string"),
        pytest.param("{ $.eventType = * }", True, id="present with any value"),
        pytest.param('{ $.latency = "*" }', True, id="present, as the CDK writes it"),
        pytest.param("{ $.absent = * }", False, id="not present"),
        pytest.param("{ $.absent != 5 }", False, id="!= on an absent field"),
        pytest.param('{ $.arrayKey[0] = "value" }', True, id="an element of an array"),
        pytest.param('{ $.arrayKey[1] = "value" }', False, id="another element"),
        pytest.param('{ $.arrayKey[2] = "value" }', False, id="no such element"),
        pytest.param('{ $.eventType[0] = "U" }', False, id="an index into a string"),
        pytest.param('{ $.arrayKey.name = "value" }', False, id="a name in an array"),
        pytest.param("{ $.eventType = %Trail% }", True, id="a regex, unanchored"),
        pytest.param("{ $.eventType != %Trail% }", False, id="a regex, unequal"),
        pytest.param("{ $.arrayKey[*] = %val.{2}% }", True, id="any element, a regex"),
        pytest.param(r"{ $.* = %111\.111\.111\.1[0-9]{1,2}% }", True, id="any field, a regex"),
        pytest.param("{ $.objectList[*].id = 2 }", True, id="any element's field"),
        pytest.param("{ $.objectList[*].id = 3 }", False, id="no element's field"),
        pytest.param('{ $.objectList[0].* = "a" }', True, id="any field of an element"),
        pytest.param("{ $.['cluster.name'] = \"c\" }", True, id="a name with a dot"),
        pytest.param('{ $.cluster.name = "c" }', False, id="a dot is a step otherwise"),
        pytest.param("{ $.SomeObject IS NULL }", True, id="is null"),
        pytest.param("{ $.eventType IS NULL }", False, id="is not null"),
        pytest.param("{ $.absent IS NULL }", False, id="absent is not null"),
        pytest.param("{ $.cached IS TRUE }", True, id="is true"),
        pytest.param("{ $.cached IS FALSE }", False, id="true is not false"),
        pytest.param("{ $.failed IS FALSE }", True, id="is false"),
        pytest.param("{ $.absent IS FALSE }", False, id="absent is not false"),
        pytest.param("{ $.SomeObject = * }", True, id="null is a value that is present"),
        pytest.param("{ $.SomeObject != null }", False, id="null by its text"),
        pytest.param("{ $.failed = false }", True, id="a boolean by its text"),
        pytest.param("{ $.SomeOtherObject NOT EXISTS }", True, id="absent does not exist"),
        pytest.param("{ $.SomeObject NOT EXISTS }", False, id="null exists"),
        pytest.param("{ $.arrayKey NOT EXISTS }", False, id="an array exists"),
        pytest.param("{ $.arrayKey = * }", False, id="a selector of an array never matches"),
        pytest.param("{ $.objectList[0] = * }", False, id="a selector of an object never matches"),
        pytest.param("{ $.arrayKey != x }", False, id="nor with !="),
        pytest.param("{ $.status-code = 404 }", True, id="a number, a name with a hyphen"),
        pytest.param("{ $.status-code = 4* }", True, id="a number by a wildcard"),
        pytest.param("{ $.status-code = 5* }", False, id="another number by a wildcard"),
        pytest.param("{ $.status-code != 404 }", False, id="a number, unequal"),
        pytest.param("{ $.status-code != 500 }", True, id="another number"),
        pytest.param("{ $.status-code > 403.5 }", True, id="above"),
        pytest.param("{ $.status-code > 404 }", False, id="not above itself"),
        pytest.param("{ $.status-code >= 404 }", True, id="at least"),
        pytest.param("{ $.status-code < 404 }", False, id="not below itself"),
        pytest.param("{ $.status-code <= 404 }", True, id="at most"),
        pytest.param("{ $.big = 1e+3 }", True, id="scientific notation with a plus"),
        pytest.param("{ $.big != 1e-3 }", True, id="scientific notation with a minus"),
        pytest.param("{ $.big = 1000.0 }", True, id="numbers are compared as numbers"),
        pytest.param("{ $.negative = -3 }", True, id="a negative number"),
        pytest.param("{ $.negative > -4 && $.negative < +1 }", True, id="signs in a range"),
        pytest.param("{ $.latency > 1e1 }", True, id="above, in scientific notation"),
        pytest.param("{ $.text > 50 }", True, id="a string that reads as a number"),
        pytest.param("{ $.eventType > 50 }", False, id="an order holds between numbers only"),
        pytest.param("{ $.eventType != 50 }", True, id="a string is unequal to a number"),
        pytest.param("{ $.absent > 50 }", False, id="an absent number"),
    ],
)
def test_one_test_of_a_line(pattern: str, *, matches: bool) -> None:
    assert (parse_pattern(pattern).match(TRAIL) is not None) is matches


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', True),
        (
            '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch" '
            '&& $.actions[2] = "nonmatch" }',
            True,
        ),
        (
            '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch") '
            '&& $.actions[2] = "nonmatch" }',
            False,
        ),
        ('{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', False),
        ("{ ((($.user.id = 1))) }", True),
        ("{ $.coordinates[0][1] = 1 && $.coordinates[2][2] = 9 && $.user.id < 2 }", True),
        ("{ $.a = 1 || $.b = 2 || $.actions[*] = PUT }", True),
    ],
)
def test_tests_are_joined_in_the_published_order(pattern: str, *, matches: bool) -> None:
    assert (parse_pattern(pattern).match(ACCOUNTS) is not None) is matches


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("plain text", id="text"),
        pytest.param('INFO {"a": 1}', id="text before JSON"),
        pytest.param('{"a": 1} trailing', id="text after JSON"),
        pytest.param('{"a": 1', id="cut off"),
        pytest.param('{"a": NaN}', id="NaN is not JSON"),
        pytest.param("5", id="neither object nor array"),
        pytest.param('{"a":' * 100_000, id="nested beyond reading"),
        pytest.param("", id="empty"),
    ],
)
def test_a_line_that_is_no_json_does_not_match(line: str) -> None:
    assert parse_pattern("{ $.absent NOT EXISTS }").match(line) is None


def test_a_line_may_be_an_array_and_end_in_a_newline() -> None:
    assert parse_pattern("{ $[1] = 5 }").match("[4, 5]\n")


def test_the_security_benchmarks_patterns_are_read() -> None:
    root = parse_pattern(
        '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS '
        '&& $.eventType != "AwsServiceEvent" }'
    )
    assert root.match('{"userIdentity": {"type": "Root"}, "eventType": "AwsConsoleSignIn"}')
    assert not root.match('{"userIdentity": {"type": "Root"}, "eventType": "AwsServiceEvent"}')
    denied = parse_pattern(
        '{($.errorCode="*UnauthorizedOperation")||($.errorCode="AccessDenied*")}'
    )
    assert denied.match('{"errorCode": "Client.UnauthorizedOperation"}')
    assert not denied.match('{"errorCode": "Throttled"}')


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{}", "found '}' at character 2 where '(' or a selector such as $.field was expected"),
        ("{ $.a = 1", "found its end"),
        ("{ $.a = 1 } x", "found 'x'"),
        ("{ $.a }", "<, <=, > or >= or = or != or IS or NOT"),
        ("{ a = 1 }", "found 'a'"),
        ("{ $.a == 1 }", "found '='"),
        ("{ $.a = two words }", "found 'w'"),
        ("{ $.a > high }", "> compares with 'high'; expected a number"),
        ('{ $.a > "5" }', "found '\"'"),
        ("{ $.a > 4* }", "> compares with '4*'; expected a number"),
        ("{ $.a IS NOT NULL }", "NULL, TRUE or FALSE"),
        ("{ $.a EXISTS }", "found 'E'"),
        ("{ ($.a = 1 }", "found '}'"),
        ("{ $.a = 1 & $.b = 2 }", "found '&'"),
        ("{ $.*.b[*] = 1 }", "has 2 wildcards; expected at most 1"),
        ("{ $.a[*]=1 && $.b[*]=1 && $.c[*]=1 && $.* = 1 }", "has 4 wildcard selectors"),
        ("{ $.a=%a% && $.b=%b% && $.c=%c% }", "has 3 regular expressions; expected at most 2"),
        ("{ $.a = %a!% }", "contains '!'"),
    ],
)
def test_what_is_no_pattern_is_refused_with_what_was_expected(pattern: str, expected: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(pattern)
    assert expected in str(caught.value)


def test_the_deepest_nesting_that_fits_is_read_and_matched() -> None:
    joints = 1_000 // len("$.a=1||($.b=1&&())")
    pattern = parse_pattern("{" + "$.a=1||($.b=1&&(" * joints + "$.c=1" + "))" * joints + "}")
    assert pattern.match('{"b": 1, "c": 1}')
    assert not pattern.match('{"b": 1}')
    assert parse_pattern("{" + "(" * 500 + "$.a=1" + ")" * 500 + "}").match('{"a": 1}')


@pytest.mark.parametrize("text", ["", "$", "a", "$.", "$.a b", "$.a[-1]", "$.['']", "$.a\n"])
def test_a_selector_is_nothing_else(text: str) -> None:
    with pytest.raises(PatternError, match="is no selector; expected one such as"):
        parse_selector(text)


def test_an_unequal_test_rests_on_an_inference_and_others_do_not() -> None:
    unequal = parse_pattern("{ $.a = 1 || ($.b = 2 && $.c != 3) }")
    assert unequal.inferred == {Inference.FILTER_ABSENT_FIELD}
    assert parse_pattern("{ $.a = 1 || $.b NOT EXISTS }").inferred == frozenset()


def test_regular_expressions_are_counted() -> None:
    assert parse_pattern("{ $.a = %a% && $.b != %b% && $.c IS TRUE }").regex_count == 2
