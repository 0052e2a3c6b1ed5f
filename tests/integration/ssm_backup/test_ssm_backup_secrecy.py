"""Secrets are nowhere in clear, and open only where they belong."""

import gzip
import logging
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.integration.ssm_backup.stage import (
    LONG_SECRET,
    Stage,
    refusal,
    throttled,
)
from tests.unit.backup_samples import CANARY
from watchkeeper.backup.export import compress
from watchkeeper.backup.record import SECURE_TYPE, ParameterRecord, SealedValue
from watchkeeper.backup.verification import verify
from watchkeeper.definitions.errors import BackupError

SECRETS = ("/app/one", "/app/two")


def originals(stage: Stage, ssm: Any) -> list[ParameterRecord]:
    """Back up two long secrets with a label each, and return them in clear."""
    for name in SECRETS:
        for number in (1, 2):
            text = f"{name}-{number}-{'x' * 5000}"
            ssm.put_parameter(
                Name=name, Value=text, Type=SECURE_TYPE, Overwrite=number > 1, Tier="Advanced"
            )
        ssm.label_parameter_version(Name=name, ParameterVersion=1, Labels=["old"])
    stage.back_up()
    return [stage.records()[name] for name in SECRETS]


def with_parts(record: ParameterRecord, *parts: bytes) -> ParameterRecord:
    return replace(record, current=replace(record.current, value=SealedValue(parts=parts)))


def parts_of(record: ParameterRecord) -> tuple[bytes, ...]:
    assert isinstance(record.current.value, SealedValue)
    return record.current.value.parts


def swapped_between_parameters(one: ParameterRecord, two: ParameterRecord) -> ParameterRecord:
    return with_parts(one, *parts_of(two))


def swapped_parts(one: ParameterRecord, _: ParameterRecord) -> ParameterRecord:
    return with_parts(one, *parts_of(one)[::-1])


def dropped_part(one: ParameterRecord, _: ParameterRecord) -> ParameterRecord:
    return with_parts(one, parts_of(one)[0])


def repeated_part(one: ParameterRecord, _: ParameterRecord) -> ParameterRecord:
    return with_parts(one, *parts_of(one), parts_of(one)[1])


def swapped_between_versions(one: ParameterRecord, _: ParameterRecord) -> ParameterRecord:
    [old] = one.labelled
    return replace(one, current=replace(one.current, value=old.value))


def flipped_bit(one: ParameterRecord, _: ParameterRecord) -> ParameterRecord:
    first, second = parts_of(one)
    return with_parts(one, first, second[:-1] + bytes([second[-1] ^ 1]))


@pytest.mark.parametrize(
    "tamper",
    [
        swapped_between_parameters,
        swapped_parts,
        dropped_part,
        repeated_part,
        swapped_between_versions,
        flipped_bit,
    ],
)
def test_ciphertext_that_is_not_where_it_belongs_does_not_open(
    stage: Stage,
    ssm: Any,
    tamper: Callable[[ParameterRecord, ParameterRecord], ParameterRecord],
) -> None:
    clear = originals(stage, ssm)
    sealing = stage.sealing()
    one, two = map(sealing.seal, clear)
    verify(compress([one, two]), clear, sealing, lambda: 60.0)
    with pytest.raises(BackupError, match=r"verified: InvalidCiphertextException: /app/one$"):
        verify(compress([tamper(one, two), two]), clear, sealing, lambda: 60.0)


def test_ciphertext_of_another_environment_does_not_open(stage: Stage, ssm: Any) -> None:
    clear = originals(stage, ssm)
    elsewhere = replace(stage.sealing(), environment="production")
    content = compress(map(elsewhere.seal, clear))
    with pytest.raises(BackupError, match="2 parameters could not be verified"):
        verify(content, clear, stage.sealing(), lambda: 60.0)


def test_export_that_differs_from_what_was_read_is_refused(stage: Stage, ssm: Any) -> None:
    clear = originals(stage, ssm)
    sealing = stage.sealing()
    one, two = map(sealing.seal, clear)
    changed = sealing.seal(replace(clear[0], current=replace(clear[0].current, value="other")))
    cases: dict[str, list[ParameterRecord]] = {
        "lacks /app/two and has no parameter too many": [one],
        "lacks no parameter and has /app/three too many": [
            one,
            two,
            replace(one, name="/app/three"),
        ],
        "differs in tags: /app/one": [replace(one, tags={"new": "tag"}), two],
        "differs in current: /app/one": [changed, two],
        "differs in labelled: /app/two": [one, replace(two, labelled=())],
    }
    for sentence, records in cases.items():
        with pytest.raises(BackupError, match=sentence):
            verify(compress(records), clear, sealing, lambda: 60.0)


def everything_said(error: BaseException | None) -> str:
    return "".join(traceback.format_exception(error)) if error else ""


FAILING_CALLS = {
    "none": None,
    "seal": ("before-call", "kms", "Encrypt"),
    "open": ("before-call", "kms", "Decrypt"),
    "tags": ("before-call", "ssm", "ListTagsForResource"),
    "throttled": ("before-send", "ssm", "GetParameterHistory"),
}


@pytest.mark.parametrize("failing", FAILING_CALLS.values(), ids=FAILING_CALLS)
def test_secret_is_nowhere_in_clear(
    stage: Stage,
    ssm: Any,
    failing: tuple[str, str, str] | None,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    ssm.put_parameter(Name="/app/long", Value=LONG_SECRET, Type=SECURE_TYPE, Tier="Advanced")
    ssm.put_parameter(Name="/app/long", Value=CANARY, Type=SECURE_TYPE, Overwrite=True)
    ssm.label_parameter_version(Name="/app/long", ParameterVersion=1, Labels=["old"])
    for name in ("botocore", "boto3", "urllib3"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    caplog.set_level(logging.DEBUG)
    if failing:
        answer = throttled if failing[0] == "before-send" else lambda: refusal("Denied")
        stage.on(*failing, lambda *_: answer())
    caught: BackupError | None = None
    try:
        stage.back_up()
    except BackupError as error:
        caught = error
    assert (caught is None) is (failing is None)
    seen = [caplog.text, *capfd.readouterr(), everything_said(caught)]
    for versions in stage.objects().values():
        for content in versions:
            clear = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
            seen.append(clear.decode())
    assert all(CANARY not in text for text in seen)
