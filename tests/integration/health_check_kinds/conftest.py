"""What stands in place of AWS: a server that does as it is told, or moto."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tests.integration.health_check_kinds.looking import SESSION
from tests.integration.local_aws import LocalAws


@pytest.fixture
def aws() -> Iterator[LocalAws]:
    with LocalAws() as local:
        yield local


@pytest.fixture
def moto() -> Iterator[boto3.session.Session]:
    with mock_aws():
        yield SESSION
