"""Hold templates against the CloudFormation schema and cfn-lint's rules."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.synthesis import Assembly, Finding
from watchkeeper.definitions.errors import WatchkeeperError

CFN_LINT = Path(sys.executable).parent / "cfn-lint"
# cfn-lint's exit code is a sum: 2 errors, 4 warnings, 8 informational; 1 is a failure of its own.
FINDINGS_ONLY = frozenset(range(0, 16, 2))


class LintError(WatchkeeperError):
    """Report that the linter itself did not work."""


def lint(assembly: Assembly) -> tuple[Finding, ...]:
    """Return every error and warning in the templates of an environment.

    The linter runs as a process of its own: it takes longer than the synthesis, and this way the
    next environment can be synthesised meanwhile.
    """
    stacks = {str(template): stack for stack, template in assembly.templates.items()}
    done = subprocess.run(  # noqa: S603  our own tool on our own files
        [str(CFN_LINT), "--format", "json", *stacks],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in FINDINGS_ONLY:
        raise LintError(f"cfn-lint ended with {done.returncode}: {done.stderr.strip()}")
    return tuple(_findings(assembly, stacks, json.loads(done.stdout or "[]")))


def _findings(
    assembly: Assembly, stacks: dict[str, str], matches: list[dict[str, Any]]
) -> Iterator[Finding]:
    for match in matches:
        path = [str(part) for part in match["Location"]["Path"] or ()]
        yield Finding(
            environment=assembly.environment,
            stack=stacks[str(Path(match["Filename"]))],
            resource="/".join(path[1:]) or f"line {match['Location']['Start']['LineNumber']}",
            rule=match["Rule"]["Id"],
            message=match["Message"],
        )
