"""What Parameter Store is asked and what is made of its answers, against the API's own model."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from tests.unit.backup_samples import MOMENT
from watchkeeper.backup.calls import Rates
from watchkeeper.backup.listing import Listings
from watchkeeper.backup.parameter_store import ByName, ParameterStore
from watchkeeper.backup.reading import refuse_lack_of_time, seconds_needed, version_from
from watchkeeper.definitions.errors import BackupError

FAST = Rates(values=1e6, descriptions=1e6, tags=1e6, history=1e6)
ARN = "arn:aws:ssm:us-east-1:111122223333:parameter"
# A function's 900 s less the reserve for its last metrics, and the longest listing before it.
RUN_SECONDS = 898.0


@pytest.fixture
def stubber() -> Iterator[Stubber]:
    client = boto3.client(
        "ssm", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as active:
        yield active
        active.assert_no_pending_responses()
    client.close()


@pytest.fixture
def store(stubber: Stubber) -> ParameterStore:
    return ParameterStore(stubber.client, FAST, lambda: 60.0)


def value(name: str, **more: Any) -> dict[str, Any]:
    plain = {"Name": name, "Type": "String", "Value": "v", "Version": 1, "DataType": "text"}
    return plain | {"LastModifiedDate": MOMENT, "ARN": ARN + name} | more


def test_values_are_asked_ten_a_page_to_the_last_token_even_over_empty_pages(
    stubber: Stubber, store: ParameterStore
) -> None:
    asked = {"Path": "/app", "Recursive": True, "WithDecryption": True, "MaxResults": 10}
    pages: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (asked, {"Parameters": [value("/app/a")], "NextToken": "1"}),
        (asked | {"NextToken": "1"}, {"Parameters": [], "NextToken": "2"}),
        (asked | {"NextToken": "2"}, {"Parameters": [value("/app/b")]}),
    ]
    for expected, answer in pages:
        stubber.add_response("get_parameters_by_path", answer, expected)
    found: ByName = {}
    store.add_values("/app", found)
    assert list(found) == ["/app/a", "/app/b"]


def test_descriptions_are_asked_fifty_a_page_to_the_last_token_even_over_empty_pages(
    stubber: Stubber, store: ParameterStore
) -> None:
    below = {"Key": "Path", "Option": "Recursive", "Values": ["/app"]}
    asked = {"ParameterFilters": [below], "MaxResults": 50}
    described = {"Name": "/app/a", "Type": "String", "Version": 1}
    empty: dict[str, Any] = {"Parameters": [], "NextToken": "1"}
    stubber.add_response("describe_parameters", empty, asked)
    more = asked | {"NextToken": "1"}
    stubber.add_response("describe_parameters", {"Parameters": [described]}, more)
    found: ByName = {}
    store.add_descriptions("/app", found)
    assert found == {"/app/a": described}


def test_history_is_read_to_its_end_and_leaves_secrets_encrypted(
    stubber: Stubber, store: ParameterStore
) -> None:
    asked = {"Name": "/app/a", "WithDecryption": False, "MaxResults": 50}
    first = {"Parameters": [{"Name": "/app/a", "Version": 1, "Labels": ["old"]}], "NextToken": "1"}
    last = {"Parameters": [{"Name": "/app/a", "Version": 2}]}
    stubber.add_response("get_parameter_history", first, asked)
    stubber.add_response("get_parameter_history", last, asked | {"NextToken": "1"})
    assert [each["Version"] for each in store.history("/app/a")] == [1, 2]


def test_tags_are_read_by_name(stubber: Stubber, store: ParameterStore) -> None:
    tags = [{"Key": "team", "Value": "ops"}, {"Key": "empty", "Value": ""}]
    asked = {"ResourceType": "Parameter", "ResourceId": "/app/a"}
    stubber.add_response("list_tags_for_resource", {"TagList": tags}, asked)
    assert store.tags("/app/a") == {"team": "ops", "empty": ""}


def test_versions_are_asked_for_by_selector_and_gone_ones_left_out(
    stubber: Stubber, store: ParameterStore
) -> None:
    answer = {"Parameters": [value("/app/a", Version=2)], "InvalidParameters": ["/app/a:1"]}
    asked = {"Names": ["/app/a:1", "/app/a:2"], "WithDecryption": True}
    stubber.add_response("get_parameters", answer, asked)
    assert list(store.values_of_versions("/app/a", [1, 2])) == [2]


def test_everything_the_api_tells_of_a_version_is_kept() -> None:
    policy = {"PolicyText": '{"Type":"Expiration"}', "PolicyType": "Expiration"}
    about = {
        "KeyId": "alias/app",
        "Tier": "Advanced",
        "Description": "why",
        "AllowedPattern": "^v$",
        "Policies": [policy | {"PolicyStatus": "Pending"}],
        "LastModifiedUser": "arn:aws:iam::111122223333:user/ops",
    }
    made = version_from(value("/app/a", Version=4, Type="SecureString"), about, ("live",))
    assert (made.version, made.type, made.value, made.data_type) == (4, "SecureString", "v", "text")
    assert (made.key_id, made.tier, made.description) == ("alias/app", "Advanced", "why")
    assert (made.allowed_pattern, made.labels) == ("^v$", ("live",))
    assert made.last_modified == MOMENT
    assert made.last_modified_user == "arn:aws:iam::111122223333:user/ops"
    [kept] = made.policies
    assert (kept.text, kept.type, kept.status) == ('{"Type":"Expiration"}', "Expiration", "Pending")


def test_what_the_api_does_not_tell_is_empty() -> None:
    made = version_from(value("/app/a"), {}, ())
    assert (made.key_id, made.tier, made.description, made.policies) == ("", "", "", ())


def listings(count: int, kind: str) -> Listings:
    names = [f"/app/{number}" for number in range(count)]
    return Listings(values={name: value(name, Type=kind) for name in names})


def seconds_to_list(count: int, rates: Rates) -> float:
    return max(count / 10 / rates.values, count / 50 / rates.descriptions)


def test_six_thousand_secrets_fit_into_one_run_of_fifteen_minutes() -> None:
    rates = Rates()
    left = RUN_SECONDS - seconds_to_list(6000, rates)
    refuse_lack_of_time(listings(6000, "SecureString"), rates, left)
    assert seconds_needed(6000, 6000, rates) <= left


def test_secrets_of_two_parts_count_twice() -> None:
    long = Listings(values={"/app/a": value("/app/a", Type="SecureString", Value="x" * 8192)})
    with pytest.raises(BackupError, match="need about 20 s"):
        refuse_lack_of_time(long, Rates(), 20.14)
    refuse_lack_of_time(long, Rates(), 20.16)


def test_more_parameters_than_fit_are_refused_before_they_are_read() -> None:
    with pytest.raises(BackupError, match="9000 parameters need about 1145 s, and 700 s"):
        refuse_lack_of_time(listings(9000, "SecureString"), Rates(), 700.0)
