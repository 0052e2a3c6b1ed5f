"""Hold templates against the CloudFormation schema and cfn-lint's rules."""

from collections.abc import Iterator
from pathlib import Path

from cfnlint.api import lint_file

from infra.synthesis import Assembly, Finding


def lint(assembly: Assembly) -> Iterator[Finding]:
    """Yield every error and warning in the templates of an environment."""
    for stack, template in assembly.templates.items():
        yield from _lint_template(assembly.environment, stack, template)


def _lint_template(environment: str, stack: str, template: Path) -> Iterator[Finding]:
    for match in lint_file(template):
        path = [str(part) for part in getattr(match, "path", None) or ()]
        yield Finding(
            environment=environment,
            stack=stack,
            resource="/".join(path[1:]) or f"line {match.linenumber}",
            rule=match.rule.id,
            message=match.message,
        )
