"""An environment is synthesised again where its file or its folder is another, and else is not."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import cast

import pytest

import infra.synthesised
from infra.places import ENVIRONMENTS
from infra.synthesised import synthesised

MANIFEST = '{"artifacts": {}}'


class Synthesis:
    """Count what is synthesised, and write little: the true one would take its seconds."""

    def __init__(self, folder: Path) -> None:
        self.done: list[tuple[str, bool]] = []
        self.outdir = folder / "out"
        self.environments = folder / "environments"
        self.environments.mkdir()
        self.write("staging.toml", (ENVIRONMENTS / "staging.toml").read_text(encoding="utf-8"))

    def synthesise(
        self, environment: str, outdir: Path, *, answered: bool, **_more: object
    ) -> None:
        self.done.append((environment, answered))
        outdir.mkdir(exist_ok=True)
        (outdir / "manifest.json").write_text(MANIFEST, encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        (self.environments / name).write_text(text, encoding="utf-8")

    def ask(self, *, answered: bool = True) -> None:
        synthesised("staging", self.outdir, folder=self.environments, answered=answered)


@pytest.fixture
def synthesis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Synthesis:
    monkeypatch.delenv("THOROUGH", raising=False)
    monkeypatch.setattr(infra.synthesised, "SEALS", tmp_path / "seals")
    synthesis = Synthesis(tmp_path)
    # As a module of its own: the true one starts a Node process when it is imported.
    module = cast("ModuleType", SimpleNamespace(synthesise=synthesis.synthesise))
    monkeypatch.setitem(sys.modules, "infra.synthesis", module)
    return synthesis


def test_nothing_is_synthesised_twice_while_nothing_changes(synthesis: Synthesis) -> None:
    for _ in range(3):
        synthesis.ask()
    assert synthesis.done == [("staging", True)]


def test_a_changed_environment_is(synthesis: Synthesis) -> None:
    synthesis.ask()
    synthesis.write("staging.toml", 'account = "another"')
    synthesis.ask()
    assert len(synthesis.done) == 2


def test_so_is_one_whose_findings_are_all_wanted(synthesis: Synthesis) -> None:
    synthesis.ask()
    synthesis.ask(answered=False)
    assert synthesis.done == [("staging", True), ("staging", False)]


def test_so_is_one_whose_folder_another_hand_has_written_to(synthesis: Synthesis) -> None:
    """As `make synth` does."""
    synthesis.ask()
    (synthesis.outdir / "Stack.template.json").write_text("{}", encoding="utf-8")
    synthesis.ask()
    assert len(synthesis.done) == 2


def test_so_is_one_whose_folder_is_gone(synthesis: Synthesis) -> None:
    synthesis.ask()
    (synthesis.outdir / "manifest.json").unlink()
    synthesis.ask()
    assert len(synthesis.done) == 2
