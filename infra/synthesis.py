"""Synthesise one environment in this process, and gather what the security rules say of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import cx_api

from infra.acknowledgement import IGNORED
from infra.application import ENVIRONMENTS, add_stacks, new_app
from watchkeeper.environment.loader import load_environment

REPORT = "validation-report.json"
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


def synthesise(
    environment: str, outdir: Path, *, folder: Path = ENVIRONMENTS, answered: bool = True
) -> Assembly:
    """Synthesise an environment's file into a folder.

    With `answered` false, findings are reported whose reason is given in the code, too.
    """
    app = new_app(outdir, context={} if answered else {IGNORED: True})
    add_stacks(app, load_environment(environment, folder))
    (outdir / REPORT).unlink(missing_ok=True)
    try:
        app.synth()
    except RuntimeError:
        # Findings fail a synthesis after everything has been written; other errors before.
        if not (outdir / REPORT).exists():
            raise
    return open_assembly(environment, outdir)


def open_assembly(environment: str, outdir: Path) -> Assembly:
    """Read what was synthesised of an environment into a folder."""
    templates = {
        stack.stack_name: Path(stack.template_full_path)
        for stack in cx_api.CloudAssembly(str(outdir)).stacks
    }
    return Assembly(
        environment=environment,
        templates=templates,
        findings=tuple(sorted(_read_findings(environment, outdir / REPORT))),
    )


def _read_findings(environment: str, report: Path) -> list[Finding]:
    if not report.exists():
        return []
    document = json.loads(report.read_text(encoding="utf-8"))
    return [
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
    ]
