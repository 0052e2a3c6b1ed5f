"""Check every environment before it is deployed: python -m infra.check.

Synthesises each, holds it against the security rules (cdk-nag) and CloudFormation's (cfn-lint),
and compares the generated pages with the definitions. Any finding fails.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from infra.application import ENVIRONMENTS, ROOT
from infra.docs import stale_pages
from infra.lint import lint
from infra.synthesis import Assembly, synthesise
from watchkeeper.definitions.errors import WatchkeeperError
from watchkeeper.environment.loader import known_environments


def main() -> int:
    """Print every finding; return 1 when there is one."""
    try:
        findings = [*_templates(), *_pages()]
    except WatchkeeperError as error:
        print(error, file=sys.stderr)
        return 1
    for finding in findings:
        print(finding, file=sys.stderr)
    if findings:
        print(f"{len(findings)} findings", file=sys.stderr)
    return 1 if findings else 0


def _templates() -> Iterator[str]:
    for environment in known_environments(ENVIRONMENTS):
        started = time.monotonic()
        assembly = synthesise(environment, assembly_folder(environment))
        findings = sorted({*assembly.findings, *lint(assembly)})
        print(_summary(assembly, len(findings), time.monotonic() - started), flush=True)
        yield from map(str, findings)


def assembly_folder(environment: str) -> Path:
    """Return where an environment is synthesised to, for the tests of the same `make` to read."""
    return ROOT / "build" / f"cdk.out.{environment}"


def _summary(assembly: Assembly, findings: int, seconds: float) -> str:
    resources = sum(len(assembly.read(stack)["Resources"]) for stack in assembly.templates)
    return (
        f"  {assembly.environment:12} {len(assembly.templates)} stacks, {resources} resources, "
        f"{findings} findings ({seconds:.1f} s)"
    )


def _pages() -> Iterator[str]:
    for page in stale_pages():
        yield f"{page.relative_to(ROOT)} is stale; write it anew with: make docs"


if __name__ == "__main__":
    sys.exit(main())
