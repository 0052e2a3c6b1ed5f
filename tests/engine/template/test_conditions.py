"""Conditions and parameters: what is created, what is not, and what nobody can tell."""

import pytest

from rehearsal.engine.errors import TemplateError
from rehearsal.engine.template.values import Unresolved
from tests.engine.template.template_play import (
    alarm,
    read,
    read_all,
    refusals,
    resolve,
    resource,
)

PARAMETERS = {"Unknown": {"Type": "String"}, "Stage": {"Type": "String", "Default": "live"}}
UNKNOWN = {"Fn::Equals": [{"Ref": "Unknown"}, "x"]}
TRUE = {"Fn::Equals": ["a", "a"]}
FALSE = {"Fn::Equals": ["a", "b"]}

DECIDED: dict[str, tuple[object, bool]] = {
    "equal texts": (TRUE, True),
    "different texts": (FALSE, False),
    "a number and its text": ({"Fn::Equals": [1, "1"]}, True),
    "a truth value and its text": ({"Fn::Equals": [True, "true"]}, True),
    "capitals count": ({"Fn::Equals": ["A", "a"]}, False),
    "equal lists": ({"Fn::Equals": [["a"], ["a"]]}, True),
    "a list and a text": ({"Fn::Equals": [["a"], "a"]}, False),
    "a parameter": ({"Fn::Equals": [{"Ref": "Stage"}, "live"]}, True),
    "not": ({"Fn::Not": [FALSE]}, True),
    "and": ({"Fn::And": [TRUE, {"Condition": "Yes"}]}, True),
    "and of one false": ({"Fn::And": [TRUE, {"Condition": "No"}]}, False),
    "or": ({"Fn::Or": [FALSE, {"Condition": "Yes"}]}, True),
    "or of none": ({"Fn::Or": [FALSE, {"Condition": "No"}]}, False),
    "or where the unknown does not matter": ({"Fn::Or": [UNKNOWN, TRUE]}, True),
    "and where the unknown does not matter": ({"Fn::And": [UNKNOWN, FALSE]}, False),
}

UNDECIDED: dict[str, object] = {
    "equals": UNKNOWN,
    "not": {"Fn::Not": [UNKNOWN]},
    "and": {"Fn::And": [TRUE, UNKNOWN]},
    "or": {"Fn::Or": [FALSE, {"Condition": "Perhaps"}]},
    "inside a list": {"Fn::Equals": [["a", {"Ref": "Unknown"}], ["a", "b"]]},
}

WRONG: dict[str, object] = {
    "a text": "live",
    "no operands": {"Fn::And": []},
    "three operands": {"Fn::Equals": ["a", "b", "c"]},
    "not of two": {"Fn::Not": [TRUE, FALSE]},
    "an unknown function": {"Fn::Contains": [["a"], "a"]},
    "two functions": {"Fn::Not": [TRUE], "Fn::Or": [TRUE]},
    "nothing": None,
}
BASE = {"Yes": TRUE, "No": FALSE, "Perhaps": UNKNOWN}


@pytest.mark.parametrize("case", DECIDED)
def test_a_condition_is_decided(case: str) -> None:
    expression, expected = DECIDED[case]
    conditions = {**BASE, "It": expression}
    chosen = resolve(
        {"Fn::If": ["It", "then", "else"]}, Parameters=PARAMETERS, Conditions=conditions
    )
    assert chosen == ("then" if expected else "else")


@pytest.mark.parametrize("case", UNDECIDED)
def test_what_rests_on_an_unknown_condition_is_unknown(case: str) -> None:
    conditions = {**BASE, "It": UNDECIDED[case]}
    found = resolve({"Fn::If": ["It", "a", "b"]}, Parameters=PARAMETERS, Conditions=conditions)
    assert found == Unresolved("parameter Unknown has no default and was not given")


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_condition_is_an_error(case: str) -> None:
    with pytest.raises(TemplateError, match="expected one of Fn::And, Fn::Or, Fn::Not"):
        resolve({"Fn::If": ["It", "a", "b"]}, Conditions={"It": WRONG[case]})


def test_a_condition_that_rests_on_itself_is_an_error() -> None:
    conditions = {"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Fn::Or": [{"Condition": "A"}]}}
    with pytest.raises(TemplateError, match=r"circle of references and found Shop\.A → "):
        resolve({"Fn::If": ["A", 1, 2]}, Conditions=conditions)


def test_endlessly_nested_conditions_are_an_error() -> None:
    condition: object = TRUE
    for _ in range(500):
        condition = {"Fn::Not": [condition]}
    with pytest.raises(TemplateError, match="nested at most 60 deep"):
        resolve({"Fn::If": ["It", 1, 2]}, Conditions={"It": condition})


def test_a_resource_is_created_only_if_its_condition_holds() -> None:
    deployment = read(
        {
            "Made": alarm(AlarmName="made") | {"Condition": "Yes"},
            "NotMade": alarm(AlarmName="not-made") | {"Condition": "No"},
            "MaybeMade": alarm(AlarmName="maybe-made") | {"Condition": "Perhaps"},
            "Asks": resource("Custom::A", A={"Ref": "NotMade"}, B={"Fn::GetAtt": "MaybeMade.Arn"}),
        },
        Parameters=PARAMETERS,
        Conditions=BASE,
    )
    assert [each.name for each in deployment.alarms] == ["made"]
    assert refusals(deployment) == {
        "Shop/MaybeMade": "its condition Perhaps cannot be decided: "
        "parameter Unknown has no default and was not given"
    }
    asks = deployment.resources[-1].properties
    assert asks["A"] == Unresolved("NotMade is not created: No does not hold")
    assert asks["B"] == Unresolved("parameter Unknown has no default and was not given")


def test_a_resource_under_an_unknown_condition_name_is_an_error() -> None:
    with pytest.raises(
        TemplateError, match="stack Shop has no condition 'Nope', expected one of none"
    ):
        read({"A": resource("Custom::A") | {"Condition": "Nope"}})


def test_a_given_parameter_replaces_the_default_in_the_stacks_that_have_it() -> None:
    template = {
        "Parameters": PARAMETERS,
        "Resources": {"P": resource("Custom::P", Stage={"Ref": "Stage"})},
    }
    deployment = read_all(
        {"One": template, "Two": template}, parameters={"Stage": "trial", "Two.Stage": "test"}
    )
    stages = {found.stack: found.properties["Stage"] for found in deployment.resources}
    assert stages == {"One": "trial", "Two": "test"}


def test_a_value_for_a_parameter_that_no_template_has_is_an_error() -> None:
    expected = (
        r"parameter 'Stag' was given, expected one of \['Shop.Stage', 'Shop.Unknown', 'Stage'"
    )
    with pytest.raises(TemplateError, match=expected):
        read({}, Parameters=PARAMETERS, parameters={"Stag": "x"})


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a"}, "one, two"),
        (
            {"Type": "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>", "Default": "/a"},
            ["one", "two"],
        ),
        (
            {"Type": "AWS::SSM::Parameter::Value<CommaDelimitedList>", "Default": "/a"},
            ["one", "two"],
        ),
        (
            {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/b"},
            Unresolved("parameter P takes its value from Parameter Store, /b"),
        ),
        ({"Type": "AWS::SSM::Parameter::Name", "Default": "/a"}, "/a"),
        ({"Type": "AWS::EC2::VPC::Id", "Default": "vpc-1"}, "vpc-1"),
    ],
)
def test_a_parameter_of_parameter_store_has_the_value_that_is_told(
    declared: dict[str, str], expected: object
) -> None:
    found = resolve({"Ref": "P"}, Parameters={"P": declared}, known={"/a": "one, two"})
    assert found == expected


@pytest.mark.parametrize(
    ("declared", "given", "sentence"),
    [
        ({"Default": "x"}, None, "parameter P: Type is null, expected the name of a type"),
        ({"Type": "String", "Default": {}}, None, "its value is an object with nothing in it"),
        (
            {"Type": "String", "AllowedValues": ["a", 1]},
            "b",
            r"parameter P is 'b', expected one of \['a', '1'\]",
        ),
    ],
)
def test_a_wrong_parameter_is_an_error(
    declared: dict[str, object], given: str | None, sentence: str
) -> None:
    with pytest.raises(TemplateError, match=sentence):
        resolve(
            {"Ref": "P"},
            Parameters={"P": declared},
            parameters=None if given is None else {"P": given},
        )
