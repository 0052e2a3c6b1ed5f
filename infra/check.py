"""Check every environment before it is deployed: python -m infra.check.

Synthesises each, holds it against the security rules (cdk-nag) and CloudFormation's (cfn-lint),
and compares the generated pages with the definitions. Any finding fails. What was synthesised and
linted before of the same is not again.
"""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from infra.assembly import Assembly
from infra.docs import stale_pages
from infra.lint import lint
from infra.places import ENVIRONMENTS, ROOT, assembly_folder
from infra.synthesised import synthesised
from watchkeeper.definitions.errors import WatchkeeperError
from watchkeeper.environment.loader import known_environments

# As many processes at once as the smallest machine has cores.
LINTERS = 2


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
    with ThreadPoolExecutor(max_workers=LINTERS) as linters:
        linted = [
            (assembly, linters.submit(lint, assembly))
            for assembly in map(_synthesised, known_environments(ENVIRONMENTS))
        ]
        for assembly, found in linted:
            findings = sorted({*assembly.findings, *found.result()})
            print(_summary(assembly, len(findings)), flush=True)
            yield from map(str, findings)


def _synthesised(environment: str) -> Assembly:
    print(f"  {environment} …", flush=True)
    return synthesised(environment, assembly_folder(environment))


def _summary(assembly: Assembly, findings: int) -> str:
    resources = sum(len(assembly.read(stack)["Resources"]) for stack in assembly.templates)
    return (
        f"  {assembly.environment:12} {len(assembly.templates)} stacks, {resources} resources, "
        f"{findings} findings"
    )


def _pages() -> Iterator[str]:
    for page in stale_pages():
        yield f"{page.relative_to(ROOT)} is stale; write it anew with: make docs"


if __name__ == "__main__":
    sys.exit(main())
