"""The engine's error tree: what was read is named, and what was expected.

EngineError
├── RefusedError      CloudWatch knows it, this engine does not evaluate it: never a silent skip
├── SampleError       a datapoint or EMF document that CloudWatch would not take
├── AlarmError        an alarm that PutMetricAlarm or PutCompositeAlarm would refuse
├── ExpressionError   metric math, or a composite alarm's rule, that cannot be read or typed
├── PatternError      a metric filter's pattern that cannot be read
└── TemplateError     a template that cannot be read or resolved
"""


class EngineError(Exception):
    """Be the root of everything the engine raises; the message is one sentence for a person."""


class RefusedError(EngineError):
    """Refuse by name what CloudWatch can do and the engine cannot say offline."""


class SampleError(EngineError):
    """Report a datapoint that CloudWatch would reject."""


class AlarmError(EngineError):
    """Report an alarm that CloudWatch would reject."""


class ExpressionError(EngineError):
    """Report metric math or an alarm rule that does not follow the grammar or its types."""


class PatternError(EngineError):
    """Report a filter pattern that does not follow the grammar."""


class TemplateError(EngineError):
    """Report a template that cannot be read, or a value in it that cannot be resolved."""
