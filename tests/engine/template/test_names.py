"""Physical names and ARNs: the explicit ones, the made ones, and those of other resources."""

import re

import pytest

from rehearsal.engine.errors import TemplateError
from rehearsal.engine.template.kinds import KINDS
from rehearsal.engine.template.physical import Place
from rehearsal.engine.template.values import Unresolved
from tests.engine.template.template_play import (
    read,
    read_all,
    resolve,
    resolve_resources,
    resource,
)

HOME = "eu-west-1:123456789012"
LAMBDA = f"arn:aws:lambda:{HOME}:function"
HEX = "[0-9a-f]"
OTHERS = {
    "Fn": resource("AWS::Lambda::Function", FunctionName="f"),
    "Bal": resource("AWS::ElasticLoadBalancingV2::LoadBalancer", Name="front"),
    "Clu": resource("AWS::ECS::Cluster", ClusterName="c"),
}

# type, properties, what is asked for, a pattern of what it gives
ASKED: list[tuple[str, dict[str, object], object, str]] = [
    ("AWS::SNS::Topic", {"TopicName": "t"}, {"Ref": "It"}, f"arn:aws:sns:{HOME}:t"),
    ("AWS::SNS::Topic", {}, {"Fn::GetAtt": "It.TopicName"}, "Shop-It"),
    ("AWS::SNS::Topic", {"FifoTopic": True}, {"Fn::GetAtt": "It.TopicName"}, r"Shop-It\.fifo"),
    ("AWS::SQS::Queue", {"QueueName": "q"}, {"Fn::GetAtt": "It.Arn"}, f"arn:aws:sqs:{HOME}:q"),
    (
        "AWS::SQS::Queue",
        {},
        {"Ref": "It"},
        "https://sqs.eu-west-1.amazonaws.com/123456789012/Shop-It",
    ),
    ("AWS::SQS::Queue", {"FifoQueue": "true"}, {"Fn::GetAtt": "It.QueueName"}, r"Shop-It\.fifo"),
    ("AWS::SQS::Queue", {"FifoQueue": False}, {"Fn::GetAtt": "It.QueueName"}, "Shop-It"),
    ("AWS::CloudWatch::Alarm", {}, {"Ref": "It"}, "Shop-It"),
    (
        "AWS::CloudWatch::CompositeAlarm",
        {},
        {"Fn::GetAtt": "It.Arn"},
        f"arn:aws:cloudwatch:{HOME}:alarm:Shop-It",
    ),
    ("AWS::Lambda::Function", {"FunctionName": "f"}, {"Ref": "It"}, "f"),
    ("AWS::Lambda::Function", {}, {"Fn::GetAtt": "It.Arn"}, f"{LAMBDA}:Shop-It"),
    (
        "AWS::Lambda::Alias",
        {"FunctionName": {"Ref": "Fn"}, "Name": "live"},
        {"Ref": "It"},
        f"{LAMBDA}:f:live",
    ),
    (
        "AWS::Lambda::Alias",
        {"FunctionName": {"Fn::GetAtt": "Fn.Arn"}, "Name": "l"},
        {"Ref": "It"},
        f"{LAMBDA}:f:l",
    ),
    ("AWS::Lambda::Version", {"FunctionName": {"Ref": "Fn"}}, {"Ref": "It"}, f"{LAMBDA}:f:1"),
    (
        "AWS::Logs::LogGroup",
        {"LogGroupName": "/x"},
        {"Fn::GetAtt": "It.Arn"},
        rf"arn:aws:logs:{HOME}:log-group:/x:\*",
    ),
    ("AWS::DynamoDB::Table", {}, {"Ref": "It"}, "Shop-It"),
    (
        "AWS::DynamoDB::Table",
        {"TableName": "t"},
        {"Fn::GetAtt": "It.Arn"},
        f"arn:aws:dynamodb:{HOME}:table/t",
    ),
    ("AWS::S3::Bucket", {}, {"Ref": "It"}, "shop-it"),
    ("AWS::S3::Bucket", {"BucketName": "b"}, {"Fn::GetAtt": "It.Arn"}, "arn:aws:s3:::b"),
    (
        "AWS::KMS::Key",
        {},
        {"Fn::GetAtt": "It.Arn"},
        f"arn:aws:kms:{HOME}:key/{HEX}{{8}}-[0-9a-f-]{{27}}",
    ),
    ("AWS::KMS::Alias", {"AliasName": "alias/k"}, {"Ref": "It"}, "alias/k"),
    (
        "AWS::IAM::Role",
        {"Path": "/jobs/"},
        {"Fn::GetAtt": "It.Arn"},
        "arn:aws:iam::123456789012:role/jobs/Shop-It",
    ),
    (
        "AWS::IAM::Role",
        {"RoleName": "r"},
        {"Fn::GetAtt": "It.Arn"},
        "arn:aws:iam::123456789012:role/r",
    ),
    (
        "AWS::ECS::Service",
        {"Cluster": {"Ref": "Clu"}},
        {"Ref": "It"},
        f"arn:aws:ecs:{HOME}:service/c/Shop-It",
    ),
    (
        "AWS::ECS::Service",
        {"Cluster": {"Fn::GetAtt": "Clu.Arn"}},
        {"Ref": "It"},
        f"arn:aws:ecs:{HOME}:service/c/Shop-It",
    ),
    ("AWS::ECS::Service", {}, {"Ref": "It"}, f"arn:aws:ecs:{HOME}:service/default/Shop-It"),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {"Name": "b"},
        {"Fn::GetAtt": "It.LoadBalancerFullName"},
        f"app/b/{HEX}{{16}}",
    ),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {"Type": "network"},
        {"Fn::GetAtt": "It.LoadBalancerFullName"},
        f"net/Shop-It/{HEX}{{16}}",
    ),
    (
        "AWS::ElasticLoadBalancingV2::Listener",
        {"LoadBalancerArn": {"Ref": "Bal"}},
        {"Ref": "It"},
        f"arn:aws:elasticloadbalancing:{HOME}:listener/app/front/{HEX}{{16}}/{HEX}{{16}}",
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        {},
        {"Fn::GetAtt": "It.TargetGroupFullName"},
        f"targetgroup/Shop-It/{HEX}{{16}}",
    ),
    ("AWS::RDS::DBInstance", {"DBInstanceIdentifier": "Main"}, {"Ref": "It"}, "main"),
    ("AWS::RDS::DBCluster", {}, {"Ref": "It"}, "shop-it"),
    ("AWS::ApiGateway::RestApi", {"Name": "api"}, {"Ref": "It"}, f"{HEX}{{8}}"),
    ("AWS::ApiGateway::Stage", {"StageName": "live"}, {"Ref": "It"}, "live"),
    (
        "AWS::StepFunctions::StateMachine",
        {},
        {"Ref": "It"},
        f"arn:aws:states:{HOME}:stateMachine:Shop-It",
    ),
    (
        "AWS::Scheduler::Schedule",
        {"GroupName": "g"},
        {"Fn::GetAtt": "It.Arn"},
        f"arn:aws:scheduler:{HOME}:schedule/g/Shop-It",
    ),
    ("AWS::EC2::Instance", {}, {"Ref": "It"}, f"i-{HEX}{{17}}"),
    ("AWS::CloudFront::Distribution", {}, {"Ref": "It"}, "[0-9A-F]{14}"),
    (
        "AWS::SecretsManager::Secret",
        {"Name": "s"},
        {"Ref": "It"},
        f"arn:aws:secretsmanager:{HOME}:secret:s-{HEX}{{8}}",
    ),
    ("AWS::SSM::Parameter", {"Name": "/p", "Value": "v"}, {"Fn::GetAtt": "It.Value"}, "v"),
    ("Custom::Thing", {"Colour": {"Ref": "AWS::Region"}}, {"Fn::GetAtt": "It.Colour"}, "eu-west-1"),
]


@pytest.mark.parametrize(("kind", "properties", "asked", "pattern"), ASKED)
def test_a_resource_is_called_by_its_name_or_by_stack_and_logical_id(
    kind: str, properties: dict[str, object], asked: object, pattern: str
) -> None:
    found = resolve(asked, resources={"It": resource(kind, **properties), **OTHERS})
    assert isinstance(found, str)
    assert re.fullmatch(pattern, found), found


def test_names_are_always_the_same_and_differ_between_resources() -> None:
    keys = {name: resource("AWS::KMS::Key") for name in ("A", "B")}
    first, second = (read(keys).resources for _ in range(2))
    assert [key.ref for key in first] == [key.ref for key in second]
    assert first[0].ref != first[1].ref


def test_a_made_name_that_is_too_long_is_cut_and_stays_its_own() -> None:
    kind = "AWS::ElasticLoadBalancingV2::TargetGroup"
    groups = read({"A" * 40 + end: resource(kind) for end in ("x", "y")}).resources
    names = [group.name or "" for group in groups]
    assert [len(name) for name in names] == [32, 32]
    assert names[0] != names[1]
    assert names[0].startswith("Shop-AAAA")
    queue = read({"Q" * 90: resource("AWS::SQS::Queue", FifoQueue=True)}).resources[0].name or ""
    assert len(queue) == 80
    assert queue.endswith(".fifo")


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::SNS::Topic", {"TopicName": {"Ref": "Unknown"}}),
        ("AWS::SNS::Topic", {"FifoTopic": {"Ref": "Unknown"}}),
        ("AWS::ECS::Service", {"Cluster": {"Ref": "Unknown"}}),
    ],
)
def test_a_name_that_rests_on_the_unknown_is_unknown(
    kind: str, properties: dict[str, object]
) -> None:
    found = resolve(
        [{"Ref": "It"}, {"Fn::GetAtt": "It.TopicName"}, {"Fn::GetAtt": "It.Name"}],
        resources={"It": resource(kind, **properties)},
        Parameters={"Unknown": {"Type": "String"}},
    )
    reason = "parameter Unknown has no default and was not given"
    assert found in ([Unresolved(reason)] * 3, [Unresolved(reason)])


def test_a_name_that_is_no_value_is_made() -> None:
    written = resource("AWS::SNS::Topic", TopicName={"Ref": "AWS::NoValue"})
    assert read({"It": written}).topics[0].name == "Shop-It"


def test_an_attribute_that_is_no_value_is_unknown() -> None:
    written = resource("Custom::It", Colour={"Ref": "AWS::NoValue"})
    found = resolve({"Fn::GetAtt": "It.Colour"}, resources={"It": written})
    assert found == Unresolved("only a deployment gives Colour of It (Custom::It)")


@pytest.mark.parametrize("name", ["", [], {}, None])
def test_a_name_that_is_no_text_is_an_error(name: object) -> None:
    with pytest.raises(
        TemplateError, match=r"It \(AWS::SNS::Topic\): It: TopicName is .* expected a text"
    ):
        read({"It": resource("AWS::SNS::Topic", TopicName=name)})


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("us-east-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
    ],
)
def test_a_stack_can_be_deployed_elsewhere(region: str, partition: str, suffix: str) -> None:
    place = Place(account="999999999999", region=region)
    topic = {"Resources": {"T": resource("AWS::SNS::Topic")}}
    deployment = read_all({"Here": topic, "There": topic}, places={"There": place})
    arns = {each.source: each.arn for each in deployment.topics}
    assert arns["Here/T"] == f"arn:aws:sns:{HOME}:Here-T"
    assert arns["There/T"] == f"arn:{partition}:sns:{region}:999999999999:There-T"
    assert place.suffix == suffix


@pytest.mark.parametrize(
    ("account", "region", "sentence"),
    [
        ("12345", "us-east-1", "account is '12345', expected 12 digits"),
        ("12345678901٣", "us-east-1", "expected 12 digits"),
        ("123456789012", "", "region is empty, expected the name of one"),
    ],
)
def test_a_place_that_is_none_is_an_error(account: str, region: str, sentence: str) -> None:
    with pytest.raises(TemplateError, match=sentence):
        Place(account=account, region=region)


@pytest.mark.parametrize("kind", KINDS)
def test_every_known_kind_of_resource_has_all_its_attributes(kind: str) -> None:
    attributes = {name: {"Fn::GetAtt": f"It.{name}"} for name in KINDS[kind].attributes}
    asked = resource("Custom::Ask", Itself={"Ref": "It"}, **attributes)
    # A nested stack is read with its template, and not without.
    found = resolve_resources({"It": resource(kind), "Ask": asked})["Ask"].properties
    assert all(isinstance(value, str) and value for value in found.values()), found
