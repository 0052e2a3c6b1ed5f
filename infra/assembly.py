"""What was synthesised of an environment: its templates, and what the rules say of them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
REPORT = "validation-report.json"
STACK = "aws:cloudformation:stack"

Template = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """Report what one rule says of one resource."""

    environment: str
    stack: str
    resource: str
    rule: str
    message: str

    def __str__(self) -> str:
        """Show the finding on one line, where it is first."""
        return f"{self.environment} {self.stack} {self.resource}: {self.rule} {self.message}"


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """Hold what was synthesised of one environment."""

    environment: str
    templates: Mapping[str, Path]
    """The file of each stack's template by the stack's name."""
    findings: tuple[Finding, ...]

    def read(self, stack: str) -> Template:
        """Read the template of a stack."""
        template: Template = json.loads(self.templates[stack].read_text(encoding="utf-8"))
        return template


def open_assembly(environment: str, outdir: Path) -> Assembly:
    """Read what was synthesised of an environment into a folder.

    The stacks of these applications are named as their artifacts are. Read here and not by the
    CDK's library, which starts a Node process for it.
    """
    artifacts = json.loads((outdir / MANIFEST).read_text(encoding="utf-8"))["artifacts"]
    return Assembly(
        environment=environment,
        templates={
            name: outdir / artifact["properties"]["templateFile"]
            for name, artifact in artifacts.items()
            if artifact["type"] == STACK
        },
        findings=tuple(sorted(_read_findings(environment, outdir / REPORT))),
    )


def _read_findings(environment: str, report: Path) -> Iterator[Finding]:
    if not report.exists():
        return
    document = json.loads(report.read_text(encoding="utf-8"))
    yield from (
        Finding(
            environment=environment,
            stack=found["constructPath"].partition("/")[0],
            resource=found["constructPath"].partition("/")[2],
            rule=violation["ruleName"],
            message=" ".join(violation["description"].split()),
        )
        for plugin in document["pluginReports"]
        for violation in plugin["violations"]
        for found in violation["violatingConstructs"]
    )
