"""Hold templates against the CloudFormation schema and cfn-lint's rules."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from infra.application import ROOT
from infra.synthesis import Assembly, Finding
from watchkeeper.definitions.errors import WatchkeeperError

CFN_LINT = Path(sys.executable).parent / "cfn-lint"
# cfn-lint's exit code is a sum: 2 errors, 4 warnings, 8 informational; 1 is a failure of its own.
FINDINGS_ONLY = frozenset(range(0, 16, 2))
# What was said of the templates of the last checks.
REMEMBERED = ROOT / "build" / "lint"

Match = Mapping[str, Any]


class LintError(WatchkeeperError):
    """Report that the linter itself did not work."""


def lint(assembly: Assembly, remembered: Path = REMEMBERED) -> tuple[Finding, ...]:
    """Return every error and warning in the templates of an environment.

    The linter runs as a process of its own: it takes longer than the synthesis, and this way the
    next environment can be synthesised meanwhile. A template that it has seen before, byte for
    byte, is not given to it again.
    """
    records = {
        stack: remembered / f"{stack}.{_fingerprint(template)}.json"
        for stack, template in assembly.templates.items()
    }
    unseen = [stack for stack, record in records.items() if not record.exists()]
    if unseen:
        _remember(assembly, {stack: records[stack] for stack in unseen})
    return tuple(
        finding
        for stack, record in records.items()
        for finding in _findings(assembly, stack, json.loads(record.read_text(encoding="utf-8")))
    )


def _fingerprint(template: Path) -> str:
    """Tell templates apart, and what linters of different versions say of them."""
    digest = hashlib.sha256(version("cfn-lint").encode())
    digest.update(template.read_bytes())
    return digest.hexdigest()


def _remember(assembly: Assembly, records: Mapping[str, Path]) -> None:
    """Keep what the linter says of these stacks, in place of what it said before."""
    matches = _run(assembly.templates[stack] for stack in records)
    for stack, record in records.items():
        record.parent.mkdir(parents=True, exist_ok=True)
        for old in record.parent.glob(f"{stack}.*.json"):
            old.unlink(missing_ok=True)
        about = str(assembly.templates[stack])
        text = json.dumps([match for match in matches if match["Filename"] == about])
        # Whole or not at all: an interrupted check must not leave half of it.
        unfinished = record.with_suffix(".unfinished")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(record)


def _run(templates: Iterable[Path]) -> list[Match]:
    done = subprocess.run(  # noqa: S603  our own tool on our own files
        [str(CFN_LINT), "--format", "json", *map(str, templates)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in FINDINGS_ONLY:
        raise LintError(f"cfn-lint ended with {done.returncode}: {done.stderr.strip()}")
    found: list[Match] = json.loads(done.stdout or "[]")
    return found


def _findings(assembly: Assembly, stack: str, matches: Iterable[Match]) -> Iterator[Finding]:
    for match in matches:
        path = [str(part) for part in match["Location"]["Path"] or ()]
        yield Finding(
            environment=assembly.environment,
            stack=stack,
            resource="/".join(path[1:]) or f"line {match['Location']['Start']['LineNumber']}",
            rule=match["Rule"]["Id"],
            message=match["Message"],
        )
