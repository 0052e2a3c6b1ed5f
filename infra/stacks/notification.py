"""Whom alarms reach: four topics for each workload, and their subscribers."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_chatbot as chatbot
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.routing import Channel, channel_of, refuse_unreachable
from infra.stacks.suite_stack import SuiteStack
from watchkeeper.definitions.severity import Severity
from watchkeeper.definitions.workload import WorkloadDefinition
from watchkeeper.environment.model import Environment, SlackChannel
from watchkeeper.environment.names import Names

CLOUDWATCH = "cloudwatch.amazonaws.com"
# Signed with SHA-256; version 1 is SHA-1.
SIGNATURE_VERSION = "2"


class NotificationStack(SuiteStack):
    """Create the topics, let CloudWatch publish to them, and subscribe people.

    Subscribers are AWS's own: no function of the suite stands between an alarm and a person, so
    an alarm about the suite cannot be lost in the suite.
    """

    def __init__(
        self, scope: Construct, environment: Environment, workloads: Sequence[WorkloadDefinition]
    ) -> None:
        super().__init__(
            scope,
            Names(environment).notification_stack,
            environment,
            description="Watchkeeper: topics by severity and whom they reach",
        )
        refuse_unreachable(environment, workloads)
        key = self._key()
        topics = {
            (workload.name, severity): self._topic(workload.name, severity, key)
            for workload in workloads
            for severity in Severity
        }
        for workload in workloads:
            for severity in Severity:
                self._subscribe(workload, severity, topics[workload.name, severity])
        if environment.notification.slack:
            posted = [
                topic
                for (_, severity), topic in topics.items()
                if channel_of(environment, severity) is Channel.SLACK
            ]
            self._post_to_slack(environment.notification.slack, posted)

    def _key(self) -> kms.Key:
        """Create the topics' key.

        Under the key AWS manages for SNS, CloudWatch could not publish: its policy cannot be
        changed to let a service in.
        (CloudWatch's calls of KMS say for which account they are made. EventBridge's do not: a
        grant to it must carry no such condition, or every message is dropped in silence.)
        """
        key = kms.Key(
            self,
            "TopicsKey",
            alias=self.names.topics_key_alias,
            description="Encrypts what alarms say on its way through the topics.",
            enable_key_rotation=True,
            # It only covers messages in transit: nothing is lost with it.
            removal_policy=RemovalPolicy.DESTROY,
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="CloudWatchPublishesToEncryptedTopics",
                principals=[iam.ServicePrincipal(CLOUDWATCH)],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        return key

    def _topic(self, workload: str, severity: Severity, key: kms.Key) -> sns.Topic:
        name = f"{workload}-{severity.topic}"
        topic = sns.Topic(
            self,
            name,
            topic_name=self.names.topic(workload, severity),
            display_name=f"{workload} {severity.name}",
            master_key=key,
            enforce_ssl=True,
            signature_version=SIGNATURE_VERSION,
        )
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="CloudWatchAlarmsOfThisAccountPublish",
                principals=[iam.ServicePrincipal(CLOUDWATCH)],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": self.account},
                    "ArnLike": {"aws:SourceArn": self.names.arn("cloudwatch", "alarm:*")},
                },
            )
        )
        return topic

    def _subscribe(
        self, workload: WorkloadDefinition, severity: Severity, topic: sns.Topic
    ) -> None:
        name = f"{workload.name}-{severity.topic}"
        channel = channel_of(self.environment_definition, severity)
        # What reaches Slack Amazon Q subscribes itself; what reaches nobody is used by no alarm.
        if channel is Channel.PAGERDUTY:
            self._subscription(f"{name}-pagerduty", topic, "https", self._pagerduty_endpoint)
        is_copied = channel is Channel.PAGERDUTY and workload.pages_also_by_email
        if channel is Channel.EMAIL or is_copied:
            addresses = self.environment_definition.notification.email
            for number, address in enumerate(addresses, start=1):
                self._subscription(f"{name}-email-{number}", topic, "email", address)

    def _subscription(self, name: str, topic: sns.Topic, protocol: str, endpoint: str) -> None:
        sns.CfnSubscription(
            self, name, topic_arn=topic.topic_arn, protocol=protocol, endpoint=endpoint
        )

    @property
    def _pagerduty_endpoint(self) -> str:
        """Refer to the address, which is a secret: CloudFormation reads it while it deploys."""
        secret = self.environment_definition.notification.pagerduty_secret
        return f"{{{{resolve:secretsmanager:{secret}:SecretString:endpoint}}}}"

    def _post_to_slack(self, channel: SlackChannel, topics: Sequence[sns.ITopic]) -> None:
        chatbot.SlackChannelConfiguration(
            self,
            "Slack",
            slack_channel_configuration_name=self.environment_definition.named("watchkeeper"),
            slack_workspace_id=channel.workspace_id,
            slack_channel_id=channel.channel_id,
            notification_topics=list(topics),
            # Whatever the channel's members may ask Amazon Q to do, it can only read.
            guardrail_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name("CloudWatchReadOnlyAccess")
            ],
            logging_level=chatbot.LoggingLevel.ERROR,
        )
