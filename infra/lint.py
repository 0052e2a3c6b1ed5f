"""Hold templates against the CloudFormation schema and cfn-lint's rules."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from infra.assembly import Assembly, Finding
from infra.places import BUILD
from infra.remembered import recall
from watchkeeper.definitions.errors import WatchkeeperError

CFN_LINT = Path(sys.executable).parent / "cfn-lint"
# cfn-lint's exit code is a sum: 2 errors, 4 warnings, 8 informational; 1 is a failure of its own.
FINDINGS_ONLY = frozenset(range(0, 16, 2))
# What was said of the templates of the last checks.
REMEMBERED = BUILD / "lint"

Match = Mapping[str, Any]


class LintError(WatchkeeperError):
    """Report that the linter itself did not work."""


def lint(assembly: Assembly, remembered: Path = REMEMBERED) -> tuple[Finding, ...]:
    """Return every error and warning in the templates of an environment.

    The linter runs as a process of its own: it takes longer than the synthesis, and this way the
    next environment can be synthesised meanwhile.
    """
    said = recall(
        remembered,
        assembly.environment,
        decided_by=_decided_by(assembly),
        make=lambda: _run(assembly.templates.values()),
    )
    return tuple(_findings(assembly, json.loads(said)))


def _decided_by(assembly: Assembly) -> Iterator[bytes]:
    yield version("cfn-lint").encode()
    for stack, template in assembly.templates.items():
        yield stack.encode()
        yield template.read_bytes()


def _run(templates: Iterable[Path]) -> bytes:
    done = subprocess.run(  # noqa: S603  our own tool on our own files
        [str(CFN_LINT), "--format", "json", *map(str, templates)],
        capture_output=True,
        check=False,
    )
    if done.returncode not in FINDINGS_ONLY:
        raise LintError(f"cfn-lint ended with {done.returncode}: {done.stderr.decode().strip()}")
    return done.stdout or b"[]"


def _findings(assembly: Assembly, matches: Iterable[Match]) -> Iterator[Finding]:
    stacks = {path.name: stack for stack, path in assembly.templates.items()}
    for match in matches:
        path = [str(part) for part in match["Location"]["Path"] or ()]
        yield Finding(
            environment=assembly.environment,
            stack=stacks[Path(match["Filename"]).name],
            resource="/".join(path[1:]) or f"line {match['Location']['Start']['LineNumber']}",
            rule=match["Rule"]["Id"],
            message=match["Message"],
        )
