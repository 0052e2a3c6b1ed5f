"""An AWS emulator for one run: TLS, enforced IAM, everything it writes inside the run."""

import contextlib
import http.client
import json
import os
import re
import signal
import ssl
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config

from rehearsal.local.certificate import RunCertificate
from rehearsal.local.child_process import ChildDefinition, ChildProcess
from rehearsal.local.errors import LocalStageError
from rehearsal.local.workspace import REPOSITORY, free_port

HOST = "127.0.0.1"
PYTHON = REPOSITORY / ".venv-emulator" / "bin" / "python"
APPLICATION = Path(__file__).parent / "inside_emulator" / "emulator_app.py"
LOCAL_ACCOUNT = "000000000000"
LOCAL_REGION = "us-east-1"
# What the emulator expects of everyone; it protects nothing.
ROOT_SIGNING_WORD = "test"
START_TRIES = 3
START_TIMEOUT_SECONDS = 30.0
PROBE_TIMEOUT_SECONDS = 2.0
CONNECT_TIMEOUT_SECONDS = 5.0
DENY_POLICY = "local-stage-refuses-calls"


class AwsEmulator:
    """Own one emulator process, listening on a free port of 127.0.0.1.

    `directory` holds everything it writes. Functions run in child processes of the emulator
    under their own enforced roles; the first process of each function stays warm until the
    emulator ends, further ones until they were idle for `warm_seconds`. What a function prints
    is in its log group between the START and REPORT lines.
    """

    def __init__(
        self,
        directory: Path,
        certificate: RunCertificate,
        *,
        account: str = LOCAL_ACCOUNT,
        region: str = LOCAL_REGION,
        python: Path = PYTHON,
        warm_seconds: int = 300,
    ) -> None:
        if not re.fullmatch(r"\d{12}", account):
            raise LocalStageError(f"account is {account!r}, expected 12 digits")
        if not python.exists():
            raise LocalStageError(f"no emulator found at {python}, expected `make` to install it")
        self.account = account
        self.region = region
        self.port = 0
        self._directory = directory.resolve()
        self._certificate = certificate
        self._python = python
        self._warm_seconds = warm_seconds
        self._process: ChildProcess | None = None
        self._session = boto3.Session(region_name=region)
        self._session_lock = threading.Lock()

    def __enter__(self) -> Self:
        """Start the emulator and wait until it answers."""
        for name in ("tmp", "state", "s3"):
            (self._directory / name).mkdir(parents=True, exist_ok=True)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the emulator and every function it runs."""
        self.stop()

    @property
    def process(self) -> ChildProcess:
        """Return the emulator's process."""
        if self._process is None:
            raise LocalStageError("the AWS emulator has not been started")
        return self._process

    @property
    def endpoint(self) -> str:
        """Return the address that stands for every AWS service."""
        return f"https://{HOST}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that lead AWS clients, the CDK and functions to the emulator."""
        return self._client_environment(self.port)

    def environment_over(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Return `inherited` led to the emulator, without any trace of a real AWS account."""
        kept = {name: value for name, value in inherited.items() if not name.startswith("AWS_")}
        return {**kept, **self.environment}

    def _client_environment(self, port: int) -> dict[str, str]:
        authority = str(self._certificate.authority)
        return {
            "AWS_ACCESS_KEY_ID": self.account,
            "AWS_SECRET_ACCESS_KEY": ROOT_SIGNING_WORD,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": f"https://{HOST}:{port}",
            "AWS_CA_BUNDLE": authority,
            "NODE_EXTRA_CA_CERTS": authority,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": f"{HOST},localhost",
            "no_proxy": f"{HOST},localhost",
        }

    def _start(self) -> None:
        for attempt in range(1, START_TRIES + 1):
            port = free_port()
            self._process = ChildProcess(self._definition(port))
            self._process.start()
            try:
                self._process.wait_until(
                    lambda port=port: self._answers(port),  # type: ignore[misc]
                    timeout_seconds=START_TIMEOUT_SECONDS,
                )
            except LocalStageError as error:
                self._process.stop()
                if "ddress already in use" not in str(error) or attempt == START_TRIES:
                    raise
                continue
            self.port = port
            return

    def _definition(self, port: int) -> ChildDefinition:
        # One process without a supervisor of its own, which would leave semaphores behind.
        command = [str(self._python), "-m", "hypercorn", f"{APPLICATION}:app", "--workers", "0"]
        command += ["--bind", f"{HOST}:{port}"]
        command += ["--certfile", str(self._certificate.certificate)]
        command += ["--keyfile", str(self._certificate.key)]
        return ChildDefinition(
            name="the AWS emulator",
            arguments=tuple(command),
            environment={**self._client_environment(port), **self._server_environment(port)},
            directory=self._directory,
            log=self._directory / "emulator.log",
            # It holds nothing worth an orderly end, which would wait for idle connections.
            stop_signal=signal.SIGKILL,
        )

    def _server_environment(self, port: int) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "HOME": str(self._directory),
            "TMPDIR": str(self._directory / "tmp"),
            "STATE_DIR": str(self._directory / "state"),
            "S3_DATA_DIR": str(self._directory / "s3"),
            "AUTH": "true",
            "USE_SSL": "1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_HOST": HOST,
            "MINISTACK_ACCOUNT_ID": self.account,
            "MINISTACK_REGION": self.region,
            "MINISTACK_SSL_CERT": str(self._certificate.certificate),
            "MINISTACK_SSL_KEY": str(self._certificate.key),
            "LAMBDA_EXECUTOR": "local",
            "LAMBDA_WARM_TTL_SECONDS": str(self._warm_seconds),
            # As Lambda waits: a minute, then two.
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "60",
            "LAMBDA_ASYNC_RETRY_MAX_SECONDS": "120",
            # Listeners nobody here uses; by default they are open to the whole network.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            # Containers on this machine are none of this run's business.
            "DOCKER_HOST": f"unix://{self._directory / 'no-docker.sock'}",
        }

    def _answers(self, port: int) -> bool:
        context = ssl.create_default_context(cafile=str(self._certificate.authority))
        connection = http.client.HTTPSConnection(
            HOST, port, timeout=PROBE_TIMEOUT_SECONDS, context=context
        )
        try:
            connection.request("GET", "/_ministack/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def client(
        self, service: str, *, role_arn: str | None = None, read_timeout_seconds: float = 60.0
    ) -> Any:
        """Return a boto3 client of the account's root, or of a role it assumes.

        The environment and the configuration files of whoever runs this are not looked at.
        """
        credentials = {
            "aws_access_key_id": self.account,
            "aws_secret_access_key": ROOT_SIGNING_WORD,
        }
        if role_arn is not None:
            assumed = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="local")
            credentials = {
                "aws_access_key_id": assumed["Credentials"]["AccessKeyId"],
                "aws_secret_access_key": assumed["Credentials"]["SecretAccessKey"],
                "aws_session_token": assumed["Credentials"]["SessionToken"],
            }
        config = Config(
            connect_timeout=min(CONNECT_TIMEOUT_SECONDS, read_timeout_seconds),
            read_timeout=read_timeout_seconds,
            retries={"total_max_attempts": 1},
            proxies={},
        )
        # A session keeps the service descriptions it has read, but makes one client at a time.
        with self._session_lock:
            return self._session.client(  # type: ignore[call-overload]
                service,
                endpoint_url=self.endpoint,
                verify=str(self._certificate.authority),
                config=config,
                **credentials,
            )

    @contextlib.contextmanager
    def refusing(self, role_name: str) -> Iterator[None]:
        """Deny every call of a role while the block lasts; its other policies stay."""
        iam = self.client("iam")
        deny = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
        }
        iam.put_role_policy(
            RoleName=role_name, PolicyName=DENY_POLICY, PolicyDocument=json.dumps(deny)
        )
        try:
            yield
        finally:
            iam.delete_role_policy(RoleName=role_name, PolicyName=DENY_POLICY)

    def pause(self) -> None:
        """Freeze the emulator and its functions: calls connect and are never answered."""
        self.process.pause()

    def resume(self) -> None:
        """Let a paused emulator go on."""
        self.process.resume()

    def kill(self) -> None:
        """End the emulator at once: calls are refused. Its state is lost."""
        self.process.kill()

    def stop(self) -> None:
        """Stop the emulator and every function it runs."""
        if self._process is not None:
            self._process.stop()

    def raise_if_dead(self) -> None:
        """Raise with the end of the log if the emulator died on its own."""
        self.process.raise_if_dead()
