"""The AWS emulator with some things as AWS has them.

- Scheduler fills in context attributes: a target's input names `<aws.scheduler.scheduled-time>`,
  and the function receives the time (EventBridge Scheduler User Guide, "Adding context
  attributes"): of a schedule that starts once its own, whenever it was started. The emulator
  passes the text on as it stands.
- A schedule that is due starts at once, not within ten seconds; and it starts a function as any
  asynchronous call does: what fails is tried again, and given up into the dead-letter queue. The
  emulator calls a scheduled function once and forgets it.
- A subscription that CloudFormation makes over HTTPS is asked to confirm, as one that is made by
  a call. The emulator leaves it pending for ever.
- SNS gives subscribers addresses of its own that speak TLS, as the emulator does; it writes http.
- A run's log holds every line of the run. The emulator waits five milliseconds for the next line,
  which on a busy machine cuts logs off and adds the rest to the next run's.
- SNS delivers to HTTPS endpoints whose certificate this run has signed, and counts deliveries in
  the metrics it publishes ("Monitoring Amazon SNS topics using CloudWatch").
- A function's package has an address that speaks TLS, as the emulator does; it writes http.
- A layer is unpacked once, and all functions read it. The emulator unpacks it for each function,
  which is a third of all its work.
- Parameter policies are a text when they are put and a list when they are read. The emulator gives
  the text back, which no client can read.
- Cost Explorer: the emulator has none. Each day has cost a little, always the same.

Served by hypercorn in place of the emulator's own application object.
"""

import asyncio
import fcntl
import hashlib
import json
import os
import queue
import ssl
import struct
import tempfile
import termios
import threading
import time
import types
import urllib.request
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from ministack import app as gateway
from ministack.app import app
from ministack.core import iam_actions, lambda_runtime, router
from ministack.core.arn import parse_arn
from ministack.core.lambda_runtime import Worker
from ministack.core.responses import request_scope
from ministack.services import cloudwatch, eventbridge, lambda_svc, scheduler, sns, ssm
from ministack.services.cloudformation import provisioners

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
TICK_SECONDS = 0.2
# How long a log is silent before it is believed to be whole, and how long it is waited for.
SILENCE_SECONDS = 0.05
MAX_DRAIN_SECONDS = 5.0
ADDRESS = f"{os.environ['MINISTACK_HOST']}:{os.environ['GATEWAY_PORT']}/"

pass_on = eventbridge._invoke_target  # noqa: SLF001
post = sns._http_post_sync  # noqa: SLF001
subscription = provisioners._RESOURCE_HANDLERS["AWS::SNS::Subscription"]  # noqa: SLF001
subscribe = subscription["create"]
put = ssm._put_parameter  # noqa: SLF001
package_address = lambda_svc._presigned_code_url  # noqa: SLF001
# US dollars a day.
DAILY_COSTS = {
    "AWS Lambda": "0.42",
    "AmazonCloudWatch": "1.35",
    "AWS Key Management Service": "0.1",
}


def start_target(
    target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None
) -> None:
    """Start a target as the emulator does, after filling in the scheduled time."""
    text = target.get("Input") or ""
    if SCHEDULED_TIME in text:
        once = scheduler._at_time_epoch(rule.get("ScheduleExpression", ""))  # noqa: SLF001
        moment = datetime.fromtimestamp(int(event["Time"] if once is None else once), tz=UTC)
        time = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        target = {**target, "Input": text.replace(SCHEDULED_TIME, time)}
    pass_on(target, event, rule, view)


def start_function(arn: str, payload: str) -> None:
    """Call a function asynchronously, as its own settings say."""
    function, configuration, _ = lambda_svc._get_func_record_for_ref(arn)  # noqa: SLF001
    if function and configuration:
        record = lambda_svc._execution_record_for_config(function, configuration)  # noqa: SLF001
        lambda_svc.invoke_async_with_retry(record, json.loads(payload))


def drain_log(worker: Worker, **_waits: float) -> str:
    """Return what a run has printed: all of it has been written by now, and may not be read yet."""
    lines = []
    deadline = time.monotonic() + MAX_DRAIN_SECONDS
    while time.monotonic() < deadline:
        try:
            lines.append(worker._stderr_queue.get(timeout=SILENCE_SECONDS))  # noqa: SLF001
        except queue.Empty:
            if not count_unread_bytes(worker):
                break
    return "\n".join(lines)


def count_unread_bytes(worker: Worker) -> int:
    """Count what lies in the pipe from a worker's process; nothing when the process is gone."""
    process = worker._proc  # noqa: SLF001
    if process is None or process.stderr is None or process.stderr.closed:
        return 0
    answer = fcntl.ioctl(process.stderr, termios.FIONREAD, struct.pack("i", 0))
    return int(struct.unpack("i", answer)[0])


def create_subscription(
    logical_id: str, properties: dict[str, Any], stack: str
) -> tuple[str, dict[str, Any]]:
    """Subscribe as the emulator does; ask who has to confirm to do so."""
    arn, attributes = subscribe(logical_id, properties, stack)
    topic_arn = properties["TopicArn"]
    made = sns._find_subscription(topic_arn, arn)  # noqa: SLF001
    made["attributes"]["PendingConfirmation"] = "false" if made["confirmed"] else "true"
    if not made["confirmed"]:
        made["token"] = str(uuid4())
        asking = sns._send_subscription_confirmation(topic_arn, made)  # noqa: SLF001
        threading.Thread(target=asyncio.run, args=(asking,), daemon=True).start()
    return arn, attributes


def deliver(endpoint: str, payload: str, kind: str) -> int:
    """Post to a subscriber as the emulator does, with addresses that can be visited, and count."""
    payload = payload.replace(f'"http://{ADDRESS}', f'"https://{ADDRESS}')
    topic_arn = json.loads(payload)["TopicArn"]
    try:
        status: int = post(endpoint, payload, kind)
    except Exception:
        count(topic_arn, "NumberOfNotificationsFailed")
        raise
    if kind == "Notification":
        count(topic_arn, "NumberOfNotificationsDelivered")
    return status


def count(topic_arn: str, metric: str) -> None:
    """Count one delivery of a topic; deliveries run outside any request, so it says for whom."""
    topic = parse_arn(topic_arn)
    with request_scope(topic.account_id, topic.region):
        cloudwatch.record_metric("AWS/SNS", metric, 1, "Count", {"TopicName": topic.resource})


def put_parameter(data: dict[str, Any]) -> Any:
    """Put a parameter as the emulator does, with its policies as they are read."""
    text = data.get("Policies") or "[]"
    policies = [
        {
            "PolicyText": json.dumps(document),
            "PolicyType": document["Type"],
            "PolicyStatus": "Pending",
        }
        for document in json.loads(text)
        if document
    ]
    return put({**data, "Policies": policies})


async def answer_costs(
    _method: str, _path: str, headers: dict[str, str], body: bytes, _query: dict[str, Any]
) -> tuple[int, dict[str, str], bytes]:
    """Answer as Cost Explorer does when it is asked for daily costs by service."""
    target = next((value for name, value in headers.items() if name.lower() == "x-amz-target"), "")
    if not target.endswith(".GetCostAndUsage"):
        refusal = {"__type": "UnknownOperationException", "message": target}
        return 400, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(refusal).encode()
    period = json.loads(body)["TimePeriod"]
    first, after_last = (date.fromisoformat(period[name]) for name in ("Start", "End"))
    days = [first + timedelta(days=number) for number in range((after_last - first).days)]
    groups = [
        {"Keys": [service], "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": "USD"}}}
        for service, amount in DAILY_COSTS.items()
    ]
    results = [
        {
            "TimePeriod": {"Start": str(day), "End": str(day + timedelta(days=1))},
            "Total": {},
            "Groups": groups,
            "Estimated": True,
        }
        for day in days
    ]
    answer = json.dumps({"ResultsByTime": results}).encode()
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, answer


router.SERVICE_PATTERNS["ce"] = {
    "target_prefixes": ["AWSInsightsIndexService"],
    "host_patterns": [r"ce\."],
    "credential_scope": "ce",
}
iam_actions.SERVICE_TO_IAM_NAMESPACE["ce"] = "ce"
gateway.SERVICE_HANDLERS["ce"] = answer_costs


def give_package_address(*names: str) -> str:
    """Give the address of a function's package, where it can be visited."""
    _, mark, rest = package_address(*names).partition("://")
    return f"https{mark}{rest}"


class SharedArchive(zipfile.ZipFile):
    """Unpack what was unpacked before by a link to it."""

    unpacking = threading.Lock()

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        """Put all members into an empty folder."""
        digest = hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()
        unpacked = Path(tempfile.gettempdir(), "unpacked", digest)
        with self.unpacking:
            if not unpacked.exists():
                super().extractall(unpacked, members, pwd)
        Path(path).rmdir()
        Path(path).symlink_to(unpacked)


eventbridge._invoke_target = start_target  # noqa: SLF001
eventbridge._dispatch_to_lambda = start_function  # noqa: SLF001
scheduler._SCHEDULE_TICK_INTERVAL = TICK_SECONDS  # noqa: SLF001
subscription["create"] = create_subscription
ssm._put_parameter = put_parameter  # noqa: SLF001
lambda_svc._presigned_code_url = give_package_address  # noqa: SLF001
Worker._drain_stderr_bounded = drain_log  # noqa: SLF001
lambda_runtime.zipfile = types.SimpleNamespace(**{**vars(zipfile), "ZipFile": SharedArchive})
sns._http_post_sync = deliver  # noqa: SLF001
trusting = urllib.request.HTTPSHandler(
    context=ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
)
urllib.request.install_opener(urllib.request.build_opener(trusting))

__all__ = ["app"]
