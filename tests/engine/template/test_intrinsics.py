"""Every intrinsic function: what it gives, what it leaves unknown, and how wrong ones are told."""

from typing import Any

import pytest

from rehearsal.engine.errors import TemplateError
from rehearsal.engine.template.intrinsics import FUNCTIONS
from rehearsal.engine.template.values import Unresolved
from tests.engine.template.template_play import read, read_all, refusals, resolve, resource

TOPIC = resource("AWS::SNS::Topic", TopicName="pages")
STRANGE = resource("Custom::Strange")
TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Type": "String", "Default": "live"},
        "Names": {"Type": "CommaDelimitedList", "Default": "ann, bob ,cy"},
        "Ports": {"Type": "List<Number>", "Default": "80,443"},
        "Missing": {"Type": "String"},
        "Count": {"Type": "Number", "Default": 3},
    },
    "Mappings": {"Sizes": {"live": {"Big": 4, "List": ["a", "b"], "Odd": {"x": 1}}}},
    "Conditions": {"IsLive": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}},
    "resources": {"Topic": TOPIC, "Strange": STRANGE},
}
TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:pages"

RESOLVED: dict[str, tuple[object, object]] = {
    "Ref of a parameter": ({"Ref": "Stage"}, "live"),
    "Ref of a number parameter": ({"Ref": "Count"}, "3"),
    "Ref of a list parameter": ({"Ref": "Names"}, ["ann", "bob", "cy"]),
    "Ref of a list of numbers": ({"Ref": "Ports"}, ["80", "443"]),
    "Ref of a topic": ({"Ref": "Topic"}, TOPIC_ARN),
    "Ref of the account": ({"Ref": "AWS::AccountId"}, "123456789012"),
    "Ref of the region": ({"Ref": "AWS::Region"}, "eu-west-1"),
    "Ref of the partition": ({"Ref": "AWS::Partition"}, "aws"),
    "Ref of the host suffix": ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
    "Ref of the stack's name": ({"Ref": "AWS::StackName"}, "Shop"),
    "Ref of the notification ARNs": ({"Ref": "AWS::NotificationARNs"}, []),
    "Ref of no value": ({"Ref": "AWS::NoValue"}, None),
    "no value in a list": (["a", {"Ref": "AWS::NoValue"}, "b"], ["a", "b"]),
    "no value in an object": ({"a": 1, "b": {"Ref": "AWS::NoValue"}}, {"a": 1}),
    "GetAtt as a list": ({"Fn::GetAtt": ["Topic", "TopicName"]}, "pages"),
    "GetAtt as a text": ({"Fn::GetAtt": "Topic.TopicArn"}, TOPIC_ARN),
    "GetAtt by a parameter": ({"Fn::GetAtt": ["Topic", {"Fn::Sub": "Topic${Kind}"}]}, "pages"),
    "Sub of a text": (
        {"Fn::Sub": "${Stage}/${AWS::Region}/${Topic}"},
        f"live/eu-west-1/{TOPIC_ARN}",
    ),
    "Sub of an attribute": ({"Fn::Sub": "to ${Topic.TopicName}"}, "to pages"),
    "Sub with own values": ({"Fn::Sub": ["${Stage}-${n}", {"Stage": "x", "n": 5}]}, "x-5"),
    "Sub of a literal": ({"Fn::Sub": "${!Stage} $5 {x} ${Stage}"}, "${Stage} $5 {x} live"),
    "Join": ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}, 1, True]]}, "a-live-1-true"),
    "Join of a list elsewhere": ({"Fn::Join": ["+", {"Ref": "Names"}]}, "ann+bob+cy"),
    "If that holds": ({"Fn::If": ["IsLive", "yes", "no"]}, "yes"),
    "If in a list": ([{"Fn::If": ["IsLive", {"Ref": "AWS::NoValue"}, "no"]}], []),
    "Select": ({"Fn::Select": [1, ["a", "b"]]}, "b"),
    "Select by a text": ({"Fn::Select": ["0", {"Ref": "Names"}]}, "ann"),
    "Select of an ARN's part": (
        {"Fn::Select": [5, {"Fn::Split": [":", {"Ref": "Topic"}]}]},
        "pages",
    ),
    "Split": ({"Fn::Split": ["/", "a/b//c"]}, ["a", "b", "", "c"]),
    "FindInMap": ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "Big"]}, 4),
    "FindInMap of a list": ({"Fn::FindInMap": ["Sizes", "live", "List"]}, ["a", "b"]),
    "FindInMap with a default": (
        {"Fn::FindInMap": ["Sizes", "trial", "Big", {"DefaultValue": {"Ref": "Stage"}}]},
        "live",
    ),
    "Base64": ({"Fn::Base64": {"Fn::Sub": "stage ${Stage}"}}, "c3RhZ2UgbGl2ZQ=="),
    "Length": ({"Fn::Length": {"Ref": "Names"}}, 3),
    "ToJsonString": ({"Fn::ToJsonString": {"a": [{"Ref": "Stage"}, 1]}}, '{"a":["live",1]}'),
    "a dynamic reference": ("{{resolve:ssm:/a/b:1}}", "{{resolve:ssm:/a/b:1}}"),
    "an object of a policy": (
        {"Condition": {"Bool": {"a": "b"}}},
        {"Condition": {"Bool": {"a": "b"}}},
    ),
}

UNKNOWN: dict[str, tuple[object, str]] = {
    "a parameter without value": ({"Ref": "Missing"}, "parameter Missing has no default"),
    "Ref of an unknown type": ({"Ref": "Strange"}, "only a deployment gives Ref of Strange"),
    "an unknown attribute": (
        {"Fn::GetAtt": ["Topic", "Colour"]},
        "only a deployment gives Colour of Topic (AWS::SNS::Topic)",
    ),
    "an attribute by an unknown name": ({"Fn::GetAtt": ["Topic", {"Ref": "Missing"}]}, "Missing"),
    "a part of a join": ({"Fn::Join": ["", ["a", {"Ref": "Missing"}]]}, "Missing"),
    "the list of a join": ({"Fn::Join": ["", {"Ref": "Missing"}]}, "Missing"),
    "a part of a sub": ({"Fn::Sub": "${Stage}-${Missing}"}, "Missing"),
    "a name of a ref": ({"Ref": {"Ref": "Missing"}}, "Missing"),
    "a position": ({"Fn::Select": [{"Ref": "Missing"}, ["a"]]}, "Missing"),
    "a list to select from": ({"Fn::Select": [0, {"Ref": "Missing"}]}, "Missing"),
    "a text to split": ({"Fn::Split": [",", {"Ref": "Missing"}]}, "Missing"),
    "a key of a mapping": ({"Fn::FindInMap": ["Sizes", {"Ref": "Missing"}, "Big"]}, "Missing"),
    "a key that is not there": (
        {"Fn::FindInMap": ["Sizes", "trial", "Big"]},
        "mapping Sizes has nothing for trial, Big",
    ),
    "an unknown key with a default": (
        {"Fn::FindInMap": ["Sizes", {"Ref": "Missing"}, "Big", {"DefaultValue": 1}]},
        "Missing",
    ),
    "an import": ({"Fn::ImportValue": "Elsewhere"}, "no stack that was read exports 'Elsewhere'"),
    "the name of an import": ({"Fn::ImportValue": {"Ref": "Missing"}}, "Missing"),
    "another stack's output": (
        {"Fn::GetStackOutput": {"StackName": "Other", "OutputName": "X"}},
        "stack 'Other' was not read",
    ),
    "the name of another stack": (
        {"Fn::GetStackOutput": {"StackName": {"Ref": "Missing"}, "OutputName": "X"}},
        "Missing",
    ),
    "a text for Base64": ({"Fn::Base64": {"Ref": "Missing"}}, "Missing"),
    "a list for Length": ({"Fn::Length": {"Ref": "Missing"}}, "Missing"),
    "a value for ToJsonString": ({"Fn::ToJsonString": {"a": [{"Ref": "Missing"}]}}, "Missing"),
    "Cidr": ({"Fn::Cidr": ["10.0.0.0/16", 4, 8]}, "Fn::Cidr is not evaluated offline"),
    "GetAZs": ({"Fn::GetAZs": ""}, "Fn::GetAZs is not evaluated offline"),
    "a macro": ({"Fn::Transform": {"Name": "M"}, "a": 1}, "Fn::Transform is not evaluated offline"),
    "a loop": ({"Fn::ForEach::X": []}, "Fn::ForEach::X is not evaluated offline"),
    "a function nobody knows": ({"Fn::Guess": 1}, "Fn::Guess is not evaluated offline"),
    "a condition's function": ({"Fn::Equals": [1, 1]}, "Fn::Equals is not evaluated offline"),
}

WRONG: dict[str, tuple[object, str]] = {
    "Ref of nothing": ({"Ref": "Nobody"}, "Ref names 'Nobody', which stack Shop does not have"),
    "Ref of a strange pseudo-parameter": ({"Ref": "AWS::Moon"}, "Ref names 'AWS::Moon', expected"),
    "Ref of a list": ({"Ref": ["a"]}, "Ref takes a text and found a list of 1"),
    "a function beside others": ({"Ref": "Stage", "b": 1}, "Ref stands alone in its object"),
    "GetAtt of nothing": ({"Fn::GetAtt": ["Nobody", "Arn"]}, "Fn::GetAtt names 'Nobody'"),
    "GetAtt without attribute": ({"Fn::GetAtt": "Topic"}, "Fn::GetAtt takes a logical id"),
    "Sub of a number": ({"Fn::Sub": 5}, "Fn::Sub takes a text, or a text and an object"),
    "Sub of an object": ({"Fn::Sub": ["${x}", {"x": {"y": 1}}]}, "Fn::Sub joins texts and found"),
    "Sub of no value": ({"Fn::Sub": "${AWS::NoValue}"}, "Fn::Sub joins texts and found nothing"),
    "Join of a text": ({"Fn::Join": ["", "abc"]}, "Fn::Join takes a list and found 'abc'"),
    "Join of one": ({"Fn::Join": [""]}, "Fn::Join takes a delimiter and a list"),
    "Join of lists": ({"Fn::Join": ["", [["a"]]]}, "Fn::Join joins texts and found a list of 1"),
    "Select beyond the end": ({"Fn::Select": [2, ["a", "b"]]}, "takes item 2 of a list that has 2"),
    "Select from below": ({"Fn::Select": ["-1", ["a"]]}, "takes item -1 of a list that has 1"),
    "Select of one": ({"Fn::Select": [0]}, "Fn::Select takes a position and a list"),
    "Split by nothing": ({"Fn::Split": ["", "a"]}, "Fn::Split takes a delimiter and a text"),
    "If of two": ({"Fn::If": ["IsLive", 1]}, "Fn::If takes a condition's name and two values"),
    "If of an unknown condition": ({"Fn::If": ["No", 1, 2]}, "has no condition 'No', expected"),
    "FindInMap of an unknown mapping": ({"Fn::FindInMap": ["M", "a", "b"]}, "names 'M', which"),
    "FindInMap of two": ({"Fn::FindInMap": ["Sizes", "a"]}, "takes a mapping and two keys"),
    "GetStackOutput of a text": ({"Fn::GetStackOutput": "x"}, "takes StackName and OutputName"),
    "Length of a text": ({"Fn::Length": "abc"}, "Fn::Length takes a list and found 'abc'"),
    "Base64 of nothing": (
        {"Fn::Base64": {"Ref": "AWS::NoValue"}},
        "takes a text and found nothing",
    ),
    "an object in a mapping": (
        {"Fn::FindInMap": ["Sizes", "live", "Odd"]},
        "mapping Sizes has an object with 'x' for live, expected a text or a list",
    ),
    "a key that is no text": ({1: 2}, "expected names as keys and found 1"),
    "a value that is no JSON": ({"a": {1, 2}}, "expected JSON and found {1, 2}"),
}


@pytest.mark.parametrize("case", RESOLVED)
def test_an_intrinsic_function_gives_its_value(case: str) -> None:
    written, expected = RESOLVED[case]
    template = {**TEMPLATE, "Parameters": {**TEMPLATE["Parameters"], "Kind": PARAMETER}}
    assert resolve(written, **_copy(template)) == expected


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_only_a_deployment_gives_stays_unknown_and_says_why(case: str) -> None:
    written, reason = UNKNOWN[case]
    found = resolve(written, **_copy(TEMPLATE))
    assert isinstance(found, Unresolved)
    assert reason in found.reason


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_use_is_an_error_that_says_where_and_what(case: str) -> None:
    written, sentence = WRONG[case]
    with pytest.raises(TemplateError) as caught:
        resolve(written, **_copy(TEMPLATE))
    assert str(caught.value).startswith("stack Shop, Probe (Custom::Probe): Found: ")
    assert sentence in str(caught.value)


def test_every_function_has_a_case_that_resolves_one_that_does_not_and_one_that_is_wrong() -> None:
    imports = {"Fn::ImportValue", "Fn::GetStackOutput"}  # their values are tested below
    assert set(FUNCTIONS) - imports <= _names(RESOLVED)
    assert set(FUNCTIONS) <= _names(UNKNOWN) | {"Fn::If"}
    assert set(FUNCTIONS) - {"Fn::ToJsonString", "Fn::ImportValue"} <= _names(WRONG)


def test_values_are_imported_from_the_other_stacks() -> None:
    deployment = read_all(
        {
            "Uses": {
                "Resources": {
                    "Probe": resource(
                        "Custom::Probe",
                        Imported={"Fn::ImportValue": {"Fn::Sub": "Makes-topic"}},
                        Read={"Fn::GetStackOutput": {"StackName": "Makes", "OutputName": "Topic"}},
                        Nothing={"Fn::GetStackOutput": {"StackName": "Makes", "OutputName": "No"}},
                    )
                }
            },
            "Makes": {
                "Resources": {"Topic": TOPIC},
                "Conditions": {"Never": {"Fn::Equals": [1, 2]}},
                "Outputs": {
                    "Topic": {
                        "Value": {"Ref": "Topic"},
                        "Export": {
                            "Name": {"Fn::Join": ["-", [{"Ref": "AWS::StackName"}, "topic"]]}
                        },
                    },
                    "Off": {"Condition": "Never", "Value": 1, "Export": {"Name": "Makes-topic"}},
                    "Bare": {"Value": 2},
                    "Unnamed": {"Value": 3, "Export": {"Name": {"Ref": "AWS::NoValue"}}},
                },
            },
        }
    )
    probe = next(found for found in deployment.resources if found.stack == "Uses")
    assert probe.properties["Imported"] == TOPIC_ARN
    assert probe.properties["Read"] == TOPIC_ARN
    assert probe.properties["Nothing"] == Unresolved("stack Makes has no output 'No'")


def test_an_output_that_is_no_value_is_unknown() -> None:
    outputs = {"A": {"Value": {"Ref": "AWS::NoValue"}, "Export": {"Name": "a"}}}
    found = resolve({"Fn::ImportValue": "a"}, Outputs=outputs)
    assert found == Unresolved("output A is AWS::NoValue")


def test_two_exports_of_one_name_are_an_error() -> None:
    outputs = {"A": {"Value": 1, "Export": {"Name": "same"}}}
    stack = {
        "Resources": {"P": resource("Custom::P", X={"Fn::ImportValue": "same"})},
        "Outputs": outputs,
    }
    with pytest.raises(TemplateError, match="stacks One and Two both export 'same'"):
        read_all({"One": stack, "Two": stack})


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ({"Fn::ImportValue": "Elsewhere"}, {"Elsewhere": "told"}),
        ({"Ref": "Strange"}, {"Shop.Strange": "told"}),
        ({"Fn::GetAtt": ["Strange", "A.B"]}, {"Shop.Strange.A.B": "told"}),
        ({"Fn::Sub": "${Strange.A.B}"}, {"Shop.Strange.A.B": "told"}),
    ],
)
def test_what_no_template_says_can_be_told(written: object, known: dict[str, str]) -> None:
    assert resolve(written, known=known, **_copy(TEMPLATE)) == "told"


def test_a_circle_of_references_is_an_error() -> None:
    resources = {
        "A": resource("AWS::SNS::Topic", TopicName={"Ref": "B"}),
        "B": resource("AWS::SQS::Queue", QueueName={"Fn::GetAtt": ["A", "TopicName"]}),
    }
    with pytest.raises(TemplateError, match=r"no circle of references and found Shop\.B's name →"):
        read(resources)


def test_endless_nesting_is_an_error_and_not_a_crash() -> None:
    value: object = "x"
    for _ in range(500):
        value = {"Fn::Join": ["", [value]]}
    with pytest.raises(TemplateError, match="expected values nested at most 60 deep"):
        resolve(value)


def test_references_into_what_a_macro_makes_are_unknown_and_the_macro_is_refused() -> None:
    deployment = read(
        {"Probe": resource("Custom::P", Found={"Ref": "Made"}), "Fn::ForEach::Made": ["x"]},
        Transform=["AWS::LanguageExtensions", {"Name": "Own"}],
    )
    assert deployment.resources[0].properties["Found"] == Unresolved(
        "Made is made by Transform AWS::LanguageExtensions"
    )
    assert {str(refusal) for refusal in deployment.refused} == {
        "Shop is not evaluated: Transform AWS::LanguageExtensions is not expanded",
        "Shop is not evaluated: Transform Own is not expanded",
        "Shop is not evaluated: Resources.Fn::ForEach::Made is not expanded",
    }


def test_properties_made_by_a_macro_are_refused_and_the_rest_still_reads() -> None:
    included = {"Fn::Transform": {"Name": "AWS::Include"}, "TopicName": "x"}
    deployment = read({"A": {"Type": "AWS::SNS::Topic", "Properties": included}, "B": TOPIC})
    assert [topic.name for topic in deployment.topics] == ["pages"]
    assert refusals(deployment) == {"Shop/A": "its properties are made by Fn::Transform"}


PARAMETER = {"Type": "String", "Default": "Name"}


def _copy(template: dict[str, Any]) -> dict[str, Any]:
    return {name: dict(section) for name, section in template.items()}


def _names(cases: dict[str, Any]) -> set[str]:
    return {key for written, _ in cases.values() for key in _keys(written)}


def _keys(value: object) -> set[str]:
    if isinstance(value, dict):
        inner = set().union(*(_keys(item) for item in value.values())) if value else set()
        return {str(key) for key in value} | inner
    if isinstance(value, list):
        return set().union(*(_keys(item) for item in value)) if value else set()
    return set()
