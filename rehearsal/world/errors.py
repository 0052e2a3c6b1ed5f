"""What goes wrong with a rehearsal itself, unlike what it rehearses."""


class RehearsalError(Exception):
    """Be the root of what the runner and its world raise; the message is one sentence."""


class UnknownCallError(RehearsalError):
    """Report a call to AWS that the world has no answer for."""
