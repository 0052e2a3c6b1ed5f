"""What was made before is taken only while nothing that decides it has changed."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.remembered import contents, files, fingerprint, recall, sources


@pytest.fixture
def remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with nothing remembered in it."""
    monkeypatch.delenv("THOROUGH", raising=False)
    return tmp_path / "remembered"


def making(*given: str) -> Callable[[], bytes]:
    """Make one thing after the other; the tests only ask which it was."""
    ahead = iter(given)
    return lambda: next(ahead).encode()


def test_nothing_is_made_again_while_nothing_changes(remembered: Path) -> None:
    make = making("once")
    for _ in range(3):
        assert recall(remembered, "outage", decided_by=[b"code"], make=make) == b"once"


def test_what_is_decided_by_something_else_is_made_anew_and_the_old_forgotten(
    remembered: Path,
) -> None:
    make = making("first", "changed scenario", "changed code")
    decided_by = ([b"code", b"1"], [b"code", b"2"], [b"other code", b"2"])
    made = [recall(remembered, "outage", decided_by=each, make=make) for each in decided_by]
    assert made == [b"first", b"changed scenario", b"changed code"]
    assert len(list(remembered.iterdir())) == 1


def test_two_who_make_the_same_at_the_same_time_both_have_it(remembered: Path) -> None:
    def make() -> bytes:
        """While it is made, another makes it, too, and is done first."""
        recall(remembered, "outage", decided_by=[b"code"], make=making("theirs"))
        return b"ours"

    assert recall(remembered, "outage", decided_by=[b"code"], make=make) == b"ours"
    kept = recall(remembered, "outage", decided_by=[b"code"], make=making())
    assert kept == b"ours"
    assert len(list(remembered.iterdir())) == 1


def test_other_names_are_not_forgotten(remembered: Path) -> None:
    make = making("outage", "outage of the curator")
    for name in ("outage", "outage-curator", "outage"):
        recall(remembered, name, decided_by=[b"code"], make=make)
    assert len(list(remembered.iterdir())) == 2


def test_a_thorough_run_makes_everything_anew(
    remembered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = functools.partial(
        recall, remembered, "outage", decided_by=[b"code"], make=making("before", "thorough")
    )
    again()
    monkeypatch.setenv("THOROUGH", "1")
    assert again() == b"thorough"


def test_what_no_longer_holds_is_made_anew(remembered: Path) -> None:
    again = functools.partial(
        recall, remembered, "outage", decided_by=[b"code"], make=making("before", "now")
    )
    again()
    assert again(holds=lambda before: before == b"before") == b"before"
    assert again(holds=lambda before: before == b"after") == b"now"


def test_what_fails_is_not_remembered(remembered: Path) -> None:
    with pytest.raises(StopIteration):
        recall(remembered, "outage", decided_by=[b"code"], make=making())
    make = making("after all")
    assert recall(remembered, "outage", decided_by=[b"code"], make=make) == b"after all"


SOURCES = ("functions/counter/handler.py", "functions/counter/query.sql", "requirements/run.txt")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for place in (*SOURCES, "functions/counter/handler.pyc", "functions/stories/one.toml"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("1", encoding="utf-8")
    return tmp_path


def code_of(checkout: Path) -> str:
    return fingerprint(sources("functions", root=checkout, but=checkout / "functions/stories"))


@pytest.mark.parametrize("place", SOURCES)
def test_a_changed_added_moved_or_lost_source_decides(checkout: Path, place: str) -> None:
    file = checkout / place
    moved = file.with_name(f"a-{file.name}")
    seen = [code_of(checkout)]
    file.write_text("2", encoding="utf-8")
    seen.append(code_of(checkout))
    file.rename(moved)
    seen.append(code_of(checkout))
    file.write_text("2", encoding="utf-8")
    seen.append(code_of(checkout))
    file.unlink()
    moved.unlink()
    seen.append(code_of(checkout))
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("place", ["functions/counter/handler.pyc", "functions/stories/one.toml"])
def test_bytecode_and_what_is_left_out_decide_nothing(checkout: Path, place: str) -> None:
    before = code_of(checkout)
    (checkout / place).write_text("2", encoding="utf-8")
    assert code_of(checkout) == before


def test_a_byte_that_moves_from_one_file_into_the_next_is_seen(tmp_path: Path) -> None:
    seen = set()
    for first, second in (("ab", "c"), ("a", "bc")):
        (tmp_path / "1").write_text(first, encoding="utf-8")
        (tmp_path / "2").write_text(second, encoding="utf-8")
        seen.add(fingerprint(contents(tmp_path, files(tmp_path))))
    assert len(seen) == 2
