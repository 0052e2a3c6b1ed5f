"""Templates of a wrong shape, and stacks nested in stacks."""

from typing import Any

import pytest

from rehearsal.engine.errors import TemplateError
from rehearsal.engine.template.physical import Place
from rehearsal.engine.template.values import Unresolved
from tests.engine.template.template_play import alarm, read_all, refusals, resource

WRONG: dict[str, tuple[Any, str]] = {
    "a list": ([], "stack Shop: expected a template, an object, and found a list of 0"),
    "no resources": ({"a": 1}, "stack Shop: expected a template with Resources and found 'a'"),
    "nothing": ({}, "stack Shop: expected a template with Resources and found nothing"),
    "resources as a list": (
        {"Resources": []},
        "stack Shop, Resources: expected an object and found a list of 0",
    ),
    "a number as a key": (
        {"Resources": {5: {}}},
        "stack Shop, Resources: expected names as keys and found 5",
    ),
    "a resource as a text": (
        {"Resources": {"A": "x"}},
        "stack Shop, A: expected an object and found 'x'",
    ),
    "no type": (
        {"Resources": {"A": {}}},
        "stack Shop, A: Type is null, expected the name of a resource type",
    ),
    "a condition as a list": (
        {"Resources": {"A": {"Type": "T", "Condition": []}}},
        "stack Shop, A: Condition is a list of 0, expected a condition's name",
    ),
    "properties as a list": (
        {"Resources": {"A": {"Type": "T", "Properties": []}}},
        "stack Shop, A, Properties: expected an object and found a list of 0",
    ),
    "metadata as a text": (
        {"Resources": {"A": {"Type": "T", "Metadata": "x"}}},
        "stack Shop, A, Metadata: expected an object and found 'x'",
    ),
    "a parameter as a text": (
        {"Resources": {}, "Parameters": {"P": "x"}},
        "stack Shop, Parameters.P: expected an object and found 'x'",
    ),
    "a long text": (
        {"Resources": {"A": "x" * 100}},
        f"stack Shop, A: expected an object and found '{'x' * 58}…",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_template_of_a_wrong_shape_is_an_error(case: str) -> None:
    template, sentence = WRONG[case]
    with pytest.raises(TemplateError) as caught:
        read_all({"Shop": template})
    assert str(caught.value) == sentence


def test_empty_sections_are_none() -> None:
    template = {
        "Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": None, "Metadata": None}},
        "Parameters": None,
        "Outputs": None,
        "Transform": None,
    }
    deployment = read_all({"Shop": template})
    assert [topic.name for topic in deployment.topics] == ["Shop-A"]
    assert deployment.refused == ()


def nested(**more: Any) -> dict[str, Any]:
    parameters = {
        "Name": {"Ref": "AWS::Region"},
        "List": ["a", "b"],
        "Off": {"Ref": "AWS::NoValue"},
    }
    written = resource("AWS::CloudFormation::Stack", Parameters=parameters, TemplateURL="x")
    return written | more


CHILD = {
    "Parameters": {
        "Name": {"Type": "String"},
        "List": {"Type": "CommaDelimitedList"},
        "Off": {"Type": "String", "Default": "off"},
    },
    "Resources": {
        "Alarm": alarm(AlarmName={"Fn::Sub": "in-${Name}-${Off}"}),
        "Probe": resource("Custom::P", List={"Ref": "List"}),
    },
    "Outputs": {"Arn": {"Value": {"Fn::GetAtt": "Alarm.Arn"}}},
}


@pytest.mark.parametrize(
    ("name", "inner"),
    [
        (
            "child.nested.template.json",
            nested(Metadata={"aws:asset:path": "child.nested.template.json"}),
        ),
        ("child", nested(Metadata={"aws:asset:path": "child.nested.template.json"})),
        (
            "child.yaml",
            resource(
                "AWS::CloudFormation::Stack",
                **{**nested()["Properties"], "TemplateURL": "https://bucket/folder/child.yaml"},
            ),
        ),
    ],
)
def test_a_nested_stack_takes_parameters_and_gives_outputs(
    name: str, inner: dict[str, Any]
) -> None:
    place = Place(account="999999999999", region="us-west-2")
    asks = resource(
        "Custom::A",
        Arn={"Fn::GetAtt": ["Inner", "Outputs.Arn"]},
        No={"Fn::GetAtt": "Inner.Outputs.X"},
    )
    deployment = read_all(
        {name: CHILD, "Parent": {"Resources": {"Inner": inner, "Asks": asks}}},
        places={"Parent": place},
    )
    assert deployment.refused == ()
    (found,) = deployment.metric_alarms
    assert found.arn == "arn:aws:cloudwatch:us-west-2:999999999999:alarm:in-us-west-2-off"
    by_id = {each.logical_id: each.properties for each in deployment.resources}
    assert by_id["Asks"]["Arn"] == found.arn
    assert by_id["Asks"]["No"] == Unresolved(f"stack {name} has no output 'X'")
    assert by_id["Probe"]["List"] == ["a", "b"]


def test_parameters_a_parent_does_not_give_are_the_childs_own() -> None:
    inner = resource("AWS::CloudFormation::Stack", TemplateURL="https://b/child")
    deployment = read_all({"Parent": {"Resources": {"Inner": inner}}, "child": CHILD})
    assert "Shop" not in str(deployment.refused)
    assert refusals(deployment) == {"child/Alarm": "its name is not known offline"}


def test_a_parameter_that_the_parent_cannot_tell_is_unknown_in_the_child() -> None:
    parameters = {"Name": {"Ref": "Unknown"}, "List": [{"Ref": "Unknown"}]}
    inner = resource(
        "AWS::CloudFormation::Stack", TemplateURL="https://b/child", Parameters=parameters
    )
    parent = {"Parameters": {"Unknown": {"Type": "String"}}, "Resources": {"Inner": inner}}
    child = {**CHILD, "Resources": {"Probe": resource("Custom::P", Name={"Ref": "Name"})}}
    deployment = read_all({"Parent": parent, "child": child})
    probe = next(each for each in deployment.resources if each.logical_id == "Probe")
    assert probe.properties["Name"] == Unresolved(
        "parameter Unknown has no default and was not given"
    )


def test_a_nested_stack_whose_template_was_not_read_is_refused() -> None:
    deployment = read_all({"Parent": {"Resources": {"Inner": nested(), "A": alarm()}}})
    assert refusals(deployment) == {
        "Parent/Inner": "its template was not read: it is none of those given"
    }
    assert [each.name for each in deployment.metric_alarms] == ["too-many"]


def test_a_template_nested_twice_or_in_itself_is_an_error() -> None:
    inner = nested(Metadata={"aws:asset:path": "child"})
    with pytest.raises(TemplateError, match="template child is nested twice"):
        read_all({"child": CHILD, "Parent": {"Resources": {"A": inner, "B": inner}}})
    with pytest.raises(TemplateError, match="template child is nested twice"):
        read_all({"child": {"Resources": {"A": inner}}})
    with pytest.raises(TemplateError, match="is nested in itself by way of"):
        read_all(
            {
                "child": {"Resources": {"A": nested(Metadata={"aws:asset:path": "other"})}},
                "other": {"Resources": {"A": inner}},
            }
        )
