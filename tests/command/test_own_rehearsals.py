"""`make rehearse` as a program: which incidents, what it ends with, what it writes."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from infra.places import ROOT
from rehearsal import own_rehearsals, session
from rehearsal.mutation.mutant import Mutant, Varied
from rehearsal.mutation.report import MutationReport, Survivor
from rehearsal.runner.evaluation import rehearse_metrics
from rehearsal.runner.library import find_scenarios
from rehearsal.runner.result import Rehearsal
from rehearsal.scenario.model import Scenario
from rehearsal.session import Session, find_scenario
from rehearsal.template_files import load_template
from rehearsal.world.errors import RehearsalError
from tests.command.shop import SCENARIO, TITLE, write_shop
from tests.report.rehearsals import read_shop

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give the program over a shop that stands in for what production is deployed as.

    Its incidents are metrics alone, so that no database is started.
    """
    write_shop(tmp_path)
    assembly = tmp_path / "build" / "cdk.out.production"
    assembly.mkdir(parents=True)
    (tmp_path / "environments").symlink_to(ROOT / "environments")
    document = json.dumps(load_template(tmp_path / "shop.yaml"))
    (assembly / "Shop.template.json").write_text(document, encoding="utf-8")
    monkeypatch.setattr(own_rehearsals, "ROOT", tmp_path)

    @contextmanager
    def rehearsing(opened: Session) -> Iterator[Callable[[Scenario], Rehearsal]]:
        yield partial(rehearse_metrics, deployment=opened.assembly.deployment)

    monkeypatch.setattr(Session, "rehearsing", rehearsing)
    return lambda *arguments: CliRunner().invoke(own_rehearsals.main, list(arguments))


def test_a_scenario_is_found_by_its_file_and_by_its_name(tmp_path: Path) -> None:
    file = write_shop(tmp_path)
    assert find_scenario(str(file)) == file
    for known in find_scenarios():
        assert find_scenario(known.stem) == known


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("unsubscribe-strom", "the nearest are unsubscribe-storm"),
        ("unsubscribe-storm.toml", "the nearest are unsubscribe-storm"),
        ("xyzzy", "they are in "),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, sentence: str) -> None:
    with pytest.raises(RehearsalError, match="expected a file or the name of one") as caught:
        find_scenario(name)
    assert f"found the scenario {name!r}" in str(caught.value)
    assert sentence in str(caught.value)


def test_names_of_scenarios_are_different_in_all_folders() -> None:
    names = [file.stem for file in find_scenarios()]
    assert len(names) == len(set(names))


def test_some_incidents_are_rehearsed_by_their_files(run: Run, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    result = run(str(tmp_path / "incident.toml"), "--junit", str(junit))
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"✓ {TITLE}")
    assert "\n1 passed, 0 failed\n" in result.stdout
    assert junit.is_file()


def test_all_of_them_are_read_when_none_is_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "find_scenarios", lambda: (tmp_path / "incident.toml",))
    assert "1 passed, 0 failed" in run().stdout


def test_a_failure_ends_with_1_and_nothing_is_varied(run: Run, tmp_path: Path) -> None:
    file = write_shop(tmp_path, SCENARIO.replace('["12m", "15m"]', '["10m", "12m"]'))
    result = run(str(file), "--mutate")
    assert result.exit_code == 1
    assert "✗ at 14m: orders-low" in result.stdout
    assert "mutants" not in result.stdout


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("no-such-incident-at-all", "found the scenario 'no-such-incident-at-all'"),
        ("wrong.toml", "wrong.toml:1: this is no TOML"),
    ],
)
def test_what_cannot_be_rehearsed_ends_with_2_and_says_why(
    run: Run, tmp_path: Path, name: str, sentence: str
) -> None:
    (tmp_path / "wrong.toml").write_text("title = ", encoding="utf-8")
    given = str(tmp_path / name) if name.endswith(".toml") else name
    result = run(given)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_without_templates_it_says_where_they_were_expected(run: Run, tmp_path: Path) -> None:
    (tmp_path / "build" / "cdk.out.production" / "Shop.template.json").unlink()
    result = run(str(tmp_path / "incident.toml"))
    assert result.exit_code == 2
    assert "holds no *.template.json, expected a synthesised assembly" in result.stderr


@pytest.mark.parametrize(("survives", "code"), [(True, 1), (False, 0)])
def test_too_few_noticed_mutants_end_with_1(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, survives: bool, code: int
) -> None:
    def mutate(deployment: object, recordings: object) -> MutationReport:
        return MutationReport(survivors=(survivor,) if survives else ())

    alarm = read_shop(tmp_path).alarms[0]
    mutant = Mutant(alarm=alarm, varied=Varied.THRESHOLD, before="3", after="2")
    survivor = Survivor(mutant=mutant, nearest=TITLE)
    monkeypatch.setattr(own_rehearsals, "mutate_alarms", mutate)
    result = run(str(tmp_path / "incident.toml"), "--mutate")
    assert result.exit_code == code, result.output
    assert ("No rehearsal noticed:" in result.stdout) == survives
    assert "mutants noticed: " in result.stdout
