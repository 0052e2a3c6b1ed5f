"""What linting itself may fail by; a broken rule is a finding, never an error."""

from rehearsal.engine.errors import EngineError


class LintError(EngineError):
    """Report a facts file, an exception or a template that cannot be used, all problems at once."""
