"""What Ref and Fn::GetAtt give for the resource types that alarms and their actions speak of.

Braces are filled by `physical.py`: {name} is the physical name, {arn} the kind's ARN, {hex8},
{hex16}, {upper14} and {uuid} are digits that are always the same for one resource, and any other
is one of the kind's `uses`. The names and forms are those of the CloudFormation template reference.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Use:
    """Take part of an identifier from a property: its default and how its value is shortened."""

    property: str
    default: str = ""
    shorten: Callable[[str], str] = str


@dataclass(frozen=True, kw_only=True)
class ResourceKind:
    """Say how resources of one type are called, and what their attributes look like."""

    name_property: str | None = None
    arn: str = ""
    ref: str = "{name}"
    attributes: Mapping[str, str] = field(default_factory=dict)
    uses: Mapping[str, Use] = field(default_factory=dict)
    is_lower: bool = False
    most_characters: int = 255
    fifo_property: str | None = None


def _take_last_part(text: str) -> str:
    return text.rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def _take_function(text: str) -> str:
    _, _, function = text.partition(":function:")
    return (function or text).split(":", 1)[0]


def _take_balancer(text: str) -> str:
    return text.rpartition(":loadbalancer/")[2]


def _shorten_balancer_type(text: str) -> str:
    return {"application": "app", "network": "net", "gateway": "gwy"}.get(text, text)


def _kind(service: str, resource: str, name_property: str | None, **more: str) -> ResourceKind:
    """Be a kind whose Ref is its name and whose ARN is `Arn`, as most are."""
    arn = f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"
    ref = more.pop("ref", "{name}")
    attributes = {"Arn": "{arn}", **more}
    return ResourceKind(name_property=name_property, arn=arn, ref=ref, attributes=attributes)


_TABLE = _kind(
    "dynamodb",
    "table/{name}",
    "TableName",
    StreamArn="{arn}/stream/1970-01-01T00:00:00.000",
    TableId="{uuid}",
)
_ELB = "arn:{partition}:elasticloadbalancing:{region}:{account}"
_FUNCTION: Final = "arn:{partition}:lambda:{region}:{account}:function:{function}"
_NAMED_FUNCTION = {"function": Use(property="FunctionName", shorten=_take_function)}
_ENDPOINT = "{name}.{hex8}.{region}.rds.{suffix}"

KINDS: Final[Mapping[str, ResourceKind]] = MappingProxyType(
    {
        "AWS::ApiGateway::RestApi": ResourceKind(
            name_property="Name",
            ref="{hex8}",
            attributes={"RestApiId": "{hex8}", "RootResourceId": "r{hex8}"},
        ),
        "AWS::ApiGateway::Stage": ResourceKind(name_property="StageName"),
        "AWS::ApiGatewayV2::Api": ResourceKind(
            name_property="Name",
            ref="{hex8}",
            attributes={
                "ApiId": "{hex8}",
                "ApiEndpoint": "https://{hex8}.execute-api.{region}.{suffix}",
            },
        ),
        "AWS::ApiGatewayV2::Stage": ResourceKind(name_property="StageName"),
        "AWS::AppSync::GraphQLApi": _kind(
            "appsync", "apis/{hex16}", None, ref="{arn}", ApiId="{hex16}"
        ),
        "AWS::AutoScaling::AutoScalingGroup": ResourceKind(name_property="AutoScalingGroupName"),
        "AWS::CertificateManager::Certificate": _kind(
            "acm", "certificate/{uuid}", None, ref="{arn}"
        ),
        "AWS::CloudFormation::Stack": _kind(
            "cloudformation", "stack/{name}/{uuid}", None, ref="{arn}"
        ),
        "AWS::CloudFront::Distribution": ResourceKind(
            ref="{upper14}",
            attributes={"Id": "{upper14}", "DomainName": "d{hex8}.cloudfront.net"},
        ),
        "AWS::CloudWatch::Alarm": _kind("cloudwatch", "alarm:{name}", "AlarmName"),
        "AWS::CloudWatch::AlarmMuteRule": _kind(
            "cloudwatch", "alarm-mute-rule:{name}", "Name", ref="{arn}"
        ),
        "AWS::CloudWatch::CompositeAlarm": _kind("cloudwatch", "alarm:{name}", "AlarmName"),
        "AWS::CloudWatch::Dashboard": ResourceKind(name_property="DashboardName"),
        "AWS::CloudWatch::LogAlarm": _kind("cloudwatch", "alarm:{name}", "AlarmName"),
        "AWS::CodeBuild::Project": _kind("codebuild", "project/{name}", "Name"),
        "AWS::Cognito::UserPool": _kind(
            "cognito-idp",
            "userpool/{region}_{hex8}",
            "UserPoolName",
            ref="{region}_{hex8}",
            UserPoolId="{region}_{hex8}",
        ),
        "AWS::DocDB::DBCluster": ResourceKind(
            name_property="DBClusterIdentifier", is_lower=True, most_characters=63
        ),
        "AWS::DocDB::DBInstance": ResourceKind(
            name_property="DBInstanceIdentifier", is_lower=True, most_characters=63
        ),
        "AWS::DynamoDB::GlobalTable": _TABLE,
        "AWS::DynamoDB::Table": _TABLE,
        "AWS::EC2::Instance": ResourceKind(
            ref="i-0{hex16}", attributes={"InstanceId": "i-0{hex16}"}
        ),
        "AWS::EC2::NatGateway": ResourceKind(
            ref="nat-0{hex16}", attributes={"NatGatewayId": "nat-0{hex16}"}
        ),
        "AWS::EC2::SecurityGroup": ResourceKind(
            ref="sg-0{hex16}", attributes={"GroupId": "sg-0{hex16}", "Id": "sg-0{hex16}"}
        ),
        "AWS::EC2::Subnet": ResourceKind(
            ref="subnet-0{hex16}", attributes={"SubnetId": "subnet-0{hex16}"}
        ),
        "AWS::EC2::VPC": ResourceKind(ref="vpc-0{hex16}", attributes={"VpcId": "vpc-0{hex16}"}),
        "AWS::ECS::Cluster": _kind("ecs", "cluster/{name}", "ClusterName"),
        "AWS::ECS::Service": ResourceKind(
            name_property="ServiceName",
            arn="arn:{partition}:ecs:{region}:{account}:service/{cluster}/{name}",
            ref="{arn}",
            attributes={"Name": "{name}", "ServiceArn": "{arn}"},
            uses={"cluster": Use(property="Cluster", default="default", shorten=_take_last_part)},
        ),
        "AWS::EFS::FileSystem": _kind(
            "elasticfilesystem",
            "file-system/fs-0{hex16}",
            None,
            ref="fs-0{hex16}",
            FileSystemId="fs-0{hex16}",
        ),
        "AWS::ElastiCache::CacheCluster": ResourceKind(
            name_property="ClusterName", is_lower=True, most_characters=50
        ),
        "AWS::ElastiCache::ReplicationGroup": ResourceKind(
            name_property="ReplicationGroupId", is_lower=True, most_characters=40
        ),
        "AWS::ElasticLoadBalancingV2::Listener": ResourceKind(
            arn=_ELB + ":listener/{balancer}/{hex16}",
            ref="{arn}",
            attributes={"ListenerArn": "{arn}"},
            uses={"balancer": Use(property="LoadBalancerArn", shorten=_take_balancer)},
        ),
        "AWS::ElasticLoadBalancingV2::LoadBalancer": ResourceKind(
            name_property="Name",
            arn=_ELB + ":loadbalancer/{flavour}/{name}/{hex16}",
            ref="{arn}",
            attributes={
                "LoadBalancerArn": "{arn}",
                "LoadBalancerFullName": "{flavour}/{name}/{hex16}",
                "LoadBalancerName": "{name}",
                "DNSName": "{name}-{hex8}.{region}.elb.{suffix}",
            },
            uses={
                "flavour": Use(
                    property="Type", default="application", shorten=_shorten_balancer_type
                )
            },
            most_characters=32,
        ),
        "AWS::ElasticLoadBalancingV2::TargetGroup": ResourceKind(
            name_property="Name",
            arn=_ELB + ":targetgroup/{name}/{hex16}",
            ref="{arn}",
            attributes={
                "TargetGroupArn": "{arn}",
                "TargetGroupFullName": "targetgroup/{name}/{hex16}",
                "TargetGroupName": "{name}",
            },
            most_characters=32,
        ),
        "AWS::Events::EventBus": _kind("events", "event-bus/{name}", "Name", Name="{name}"),
        "AWS::Events::Rule": _kind("events", "rule/{name}", "Name", RuleName="{name}"),
        "AWS::Glue::Job": ResourceKind(name_property="Name"),
        "AWS::IAM::Role": ResourceKind(
            name_property="RoleName",
            arn="arn:{partition}:iam::{account}:role{path}{name}",
            attributes={"Arn": "{arn}", "RoleId": "AROA{upper14}"},
            uses={"path": Use(property="Path", default="/")},
            most_characters=64,
        ),
        "AWS::KMS::Alias": ResourceKind(name_property="AliasName"),
        "AWS::KMS::Key": _kind("kms", "key/{uuid}", None, ref="{uuid}", KeyId="{uuid}"),
        "AWS::Kinesis::Stream": _kind("kinesis", "stream/{name}", "Name"),
        "AWS::KinesisFirehose::DeliveryStream": _kind(
            "firehose", "deliverystream/{name}", "DeliveryStreamName"
        ),
        "AWS::Lambda::Alias": ResourceKind(
            name_property="Name",
            arn=_FUNCTION + ":{name}",
            ref="{arn}",
            attributes={"AliasArn": "{arn}"},
            uses=_NAMED_FUNCTION,
        ),
        "AWS::Lambda::Function": ResourceKind(
            name_property="FunctionName",
            arn="arn:{partition}:lambda:{region}:{account}:function:{name}",
            attributes={"Arn": "{arn}"},
            most_characters=64,
        ),
        "AWS::Lambda::Version": ResourceKind(
            arn=_FUNCTION + ":1",
            ref="{arn}",
            attributes={"FunctionArn": "{arn}", "Version": "1"},
            uses=_NAMED_FUNCTION,
        ),
        "AWS::Logs::LogGroup": _kind("logs", "log-group:{name}:*", "LogGroupName"),
        "AWS::OpenSearchServerless::Collection": _kind(
            "aoss", "collection/{hex16}", "Name", ref="{hex16}", Id="{hex16}"
        ),
        "AWS::OpenSearchService::Domain": _kind("es", "domain/{name}", "DomainName"),
        "AWS::Pipes::Pipe": _kind("pipes", "pipe/{name}", "Name"),
        "AWS::RDS::DBCluster": ResourceKind(
            name_property="DBClusterIdentifier",
            arn="arn:{partition}:rds:{region}:{account}:cluster:{name}",
            attributes={"DBClusterArn": "{arn}", "Endpoint.Address": _ENDPOINT},
            is_lower=True,
            most_characters=63,
        ),
        "AWS::RDS::DBInstance": ResourceKind(
            name_property="DBInstanceIdentifier",
            arn="arn:{partition}:rds:{region}:{account}:db:{name}",
            attributes={"DBInstanceArn": "{arn}", "Endpoint.Address": _ENDPOINT},
            is_lower=True,
            most_characters=63,
        ),
        "AWS::Redshift::Cluster": ResourceKind(
            name_property="ClusterIdentifier", is_lower=True, most_characters=63
        ),
        "AWS::Route53::HealthCheck": ResourceKind(
            ref="{uuid}", attributes={"HealthCheckId": "{uuid}"}
        ),
        "AWS::S3::Bucket": ResourceKind(
            name_property="BucketName",
            arn="arn:{partition}:s3:::{name}",
            attributes={
                "Arn": "{arn}",
                "DomainName": "{name}.s3.{suffix}",
                "RegionalDomainName": "{name}.s3.{region}.{suffix}",
            },
            is_lower=True,
            most_characters=63,
        ),
        "AWS::SNS::Topic": ResourceKind(
            name_property="TopicName",
            arn="arn:{partition}:sns:{region}:{account}:{name}",
            ref="{arn}",
            attributes={"TopicArn": "{arn}", "TopicName": "{name}"},
            fifo_property="FifoTopic",
        ),
        "AWS::SQS::Queue": ResourceKind(
            name_property="QueueName",
            arn="arn:{partition}:sqs:{region}:{account}:{name}",
            ref="https://sqs.{region}.{suffix}/{account}/{name}",
            attributes={
                "Arn": "{arn}",
                "QueueName": "{name}",
                "QueueUrl": "https://sqs.{region}.{suffix}/{account}/{name}",
            },
            most_characters=80,
            fifo_property="FifoQueue",
        ),
        "AWS::SSM::Parameter": ResourceKind(name_property="Name"),
        "AWS::Scheduler::Schedule": ResourceKind(
            name_property="Name",
            arn="arn:{partition}:scheduler:{region}:{account}:schedule/{group}/{name}",
            attributes={"Arn": "{arn}"},
            uses={"group": Use(property="GroupName", default="default")},
            most_characters=64,
        ),
        "AWS::Scheduler::ScheduleGroup": _kind("scheduler", "schedule-group/{name}", "Name"),
        "AWS::SecretsManager::Secret": ResourceKind(
            name_property="Name",
            arn="arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{hex8}",
            ref="{arn}",
            attributes={"Id": "{arn}"},
        ),
        "AWS::Serverless::Function": ResourceKind(
            name_property="FunctionName",
            arn="arn:{partition}:lambda:{region}:{account}:function:{name}",
            attributes={"Arn": "{arn}"},
            most_characters=64,
        ),
        "AWS::Serverless::SimpleTable": _TABLE,
        "AWS::StepFunctions::Activity": _kind(
            "states", "activity:{name}", "Name", ref="{arn}", Name="{name}"
        ),
        "AWS::StepFunctions::StateMachine": _kind(
            "states", "stateMachine:{name}", "StateMachineName", ref="{arn}", Name="{name}"
        ),
        "AWS::Synthetics::Canary": ResourceKind(name_property="Name", is_lower=True),
    }
)
