"""Restoring parameters: a round trip, into an empty account and into one that has moved on."""

from typing import Any

import pytest
from click.testing import CliRunner, Result

from rehearsal.local.emulator import LOCAL_ACCOUNT
from tests.integration.configuration.stage import (
    BUCKET,
    FOLDER,
    PATH,
    Cutter,
    KilledError,
    Stage,
    put_parameters,
)
from tests.unit.backup_samples import CANARY
from watchkeeper.operations import command

# Other tests make exports, too; an option that is given twice counts as it is given last.
COMMON = ("--environment", "local", "--bucket", BUCKET, "--export", FOLDER)
FAST = ("--writes-per-second", "40")
Restore = Any


@pytest.fixture
def restore(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Restore:
    """Give the command, as an operator of an account calls it."""

    def call(account: str, *options: str, cutter: Cutter | None = None) -> Result:
        clients = stage.clients(account, cutter)
        monkeypatch.setattr(command, "operator_clients", lambda *_: clients)
        monkeypatch.setattr("watchkeeper.backup.calls.time.sleep", lambda _seconds: None)
        return CliRunner().invoke(command.ssm, ["restore", *COMMON, *FAST, *options])

    return call


def test_a_round_trip_into_an_empty_account_brings_everything_back(
    stage: Stage, account: str, restore: Restore
) -> None:
    shown = restore(account)
    assert shown.exit_code == 1, shown.output
    assert "3 to add (+), 0 to change (~), 0 unchanged" in shown.output
    assert stage.state(account) == {}

    done = restore(account, "--apply")
    assert done.exit_code == 0, done.output
    assert "3 restored and read back, 0 left as they are" in done.stdout
    assert "1 secret has a new version, which counts as drift until an export" in done.stdout
    assert "  watchkeeper ssm approve --environment local\n" in done.stdout
    assert "1/3 /shop/flag\n2/3 /shop/limits\n3/3 /shop/secret" in done.stderr
    assert stage.state(account) == stage.state(LOCAL_ACCOUNT)
    assert CANARY not in shown.output + done.output

    again = restore(account, "--apply")
    assert again.exit_code == 0
    assert "0 to add (+), 0 to change (~), 3 unchanged" in again.output
    assert "approve" not in again.output
    assert stage.state(account) == stage.state(LOCAL_ACCOUNT)


def moved_on(stage: Stage, account: str) -> Any:
    ssm = stage.client("ssm", account=account)
    put_parameters(ssm)
    ssm.put_parameter(Name=f"{PATH}/flag", Value="false", Type="String", Overwrite=True)
    ssm.put_parameter(
        Name=f"{PATH}/secret",
        Value=f"{CANARY}-4",
        Type="SecureString",
        KeyId="alias/other",
        Overwrite=True,
    )
    ssm.label_parameter_version(Name=f"{PATH}/secret", ParameterVersion=4, Labels=["live"])
    ssm.delete_parameter(Name=f"{PATH}/limits")
    ssm.put_parameter(Name=f"{PATH}/new", Value="since", Type="String")
    return ssm


def test_an_account_that_has_moved_on_is_overwritten_only_when_that_is_said(
    stage: Stage, account: str, restore: Restore
) -> None:
    moved_on(stage, account)
    before = stage.state(account)
    shown = restore(account)
    assert shown.exit_code == 1
    assert "1 to add (+), 2 to change (~), 0 unchanged, 1 only in the account" in shown.output
    assert "~ /shop/flag  value" in shown.output
    assert "~ /shop/secret  value, key_id, labels" in shown.output
    assert shown.output.count("[needs --overwrite]") == 2
    assert "! /shop/new  only in the account, and stays" in shown.output

    careful = restore(account, "--apply")
    assert careful.exit_code == 1
    assert "1 restored and read back, 2 left as they are" in careful.output
    assert "approve" not in careful.output
    after = stage.state(account)
    assert after.pop(f"{PATH}/limits") == stage.state(LOCAL_ACCOUNT)[f"{PATH}/limits"]
    assert after == before

    done = restore(account, "--apply", "--overwrite")
    assert done.exit_code == 0, done.output
    after, kept = stage.state(account), stage.state(LOCAL_ACCOUNT)
    assert after.pop(f"{PATH}/new")["value"] == "since"
    assert {n: each.pop("versions") for n, each in after.items()} == {
        f"{PATH}/flag": 3,
        f"{PATH}/limits": 1,
        f"{PATH}/secret": 5,
    }
    assert after == {n: {k: v for k, v in e.items() if k != "versions"} for n, e in kept.items()}
    assert CANARY not in shown.output + careful.output + done.output


@pytest.mark.parametrize("answers_first", [False, True], ids=["before", "after"])
def test_killed_at_any_write_and_run_again_nothing_is_lost_or_doubled(
    stage: Stage, restore: Restore, account: str, answers_first: bool
) -> None:
    expected = stage.state(LOCAL_ACCOUNT)
    number = 0
    while True:
        number += 1
        fresh = str(int(account) + 1_000_000 * number)
        cutter = Cutter(at=number, answers_first=answers_first, writes_only=True)
        killed = restore(fresh, "--apply", cutter=cutter)
        if killed.exit_code == 0:
            break
        assert isinstance(killed.exception, KilledError)
        resumed = restore(fresh, "--apply")
        assert resumed.exit_code == 0, f"killed at write {number}: {resumed.output}"
        assert stage.state(fresh) == expected, f"killed at write {number}"
    assert number == 11


def test_killed_while_it_overwrites_it_goes_on_without_doubling(
    stage: Stage, restore: Restore, account: str
) -> None:
    number = 0
    while True:
        number += 1
        fresh = str(int(account) + 1_000_000 * number)
        ssm = stage.client("ssm", account=fresh)
        ssm.put_parameter(Name=f"{PATH}/secret", Value="another", Type="SecureString")
        cutter = Cutter(at=number, answers_first=True, writes_only=True)
        killed = restore(fresh, "--apply", "--overwrite", cutter=cutter)
        if killed.exit_code == 0:
            break
        # What was begun over somebody else's version is this restore's own now.
        restore(fresh, "--apply", "--overwrite")
        held = stage.state(fresh)
        assert held[f"{PATH}/secret"].pop("versions") == 4
        kept = stage.state(LOCAL_ACCOUNT)
        kept[f"{PATH}/secret"].pop("versions")
        assert held == kept, f"killed at write {number}"
    assert number > 8


def test_killed_while_it_reads_it_has_changed_nothing(
    stage: Stage, restore: Restore, account: str
) -> None:
    for number in (1, 2, 3, 4, 6, 8):
        killed = restore(account, "--apply", cutter=Cutter(at=number))
        assert isinstance(killed.exception, KilledError)
        assert stage.state(account) == {}


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--name", f"{PATH}/flag"), "1 to add"),
        (("--prefix", f"{PATH}/l", "--prefix", f"{PATH}/s"), "2 to add"),
        (("--pattern", "/*/*a*"), "1 to add"),
        (("--export", FOLDER, "--name", f"{PATH}/flag"), "1 to add"),
        (("--export", f"{FOLDER}/manifest.json", "--name", f"{PATH}/flag"), "1 to add"),
        (("--export", "2026-02-01"), "export local/2026/02/01T0500Z/manifest.json of 2026-02-01"),
        (("--export", "2036-01-01"), "3 to add"),
        (("--export", "latest"), "3 to add"),
    ],
)
def test_it_takes_the_chosen_parameters_of_the_chosen_export(
    restore: Restore, account: str, options: tuple[str, ...], line: str
) -> None:
    shown = restore(account, *options)
    assert shown.exit_code == 1
    assert line in shown.output


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--name", "/shop/flagg"), "neither the export nor the account has a parameter /shop/fl"),
        (("--pattern", "x*"), "neither the export nor the account has a parameter like x*"),
        (("--export", "2026-01-31"), "there is no export of 2026-01-31 or before it"),
        (("--export", "approved"), "there is no approved export in kept-configuration"),
        (("--export", "newest"), "found the export 'newest', expected latest, approved, a date"),
        (("--export", "local/2025/02/01T0500Z"), "T0500Z/manifest.json is not in kept-config"),
    ],
)
def test_what_cannot_be_found_is_named(
    restore: Restore, account: str, options: tuple[str, ...], sentence: str
) -> None:
    failed = restore(account, *options)
    assert failed.exit_code == 2
    assert sentence in failed.output


def test_another_type_is_an_obstacle_that_is_said(
    stage: Stage, restore: Restore, account: str
) -> None:
    ssm = stage.client("ssm", account=account)
    ssm.put_parameter(Name=f"{PATH}/secret", Value="x", Type="String")
    done = restore(account, "--apply", "--overwrite")
    assert done.exit_code == 1
    assert "[left out: it is a String in the account and a SecureString in the" in done.output
    assert ssm.get_parameter(Name=f"{PATH}/secret")["Parameter"]["Value"] == "x"


def test_secrets_go_under_another_key_where_that_is_said(
    stage: Stage, restore: Restore, account: str
) -> None:
    done = restore(account, "--apply", "--key-id", "alias/new-account")
    assert done.exit_code == 0, done.output
    assert stage.state(account)[f"{PATH}/secret"]["KeyId"] == "alias/new-account"
    assert restore(account, "--key-id", "alias/new-account").exit_code == 0
