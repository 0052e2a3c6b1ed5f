"""The parameters that the Storytailor stand-in keeps besides its kill switches.

One of each sort that an export has to get right: secret under either key, list, advanced,
several versions, labels, tags. Policies are left out: the emulator gives them back in a form that
no AWS client can read. No value is a real secret.
"""

import json
from dataclasses import dataclass, field
from typing import Literal

from rehearsal.local.errors import LocalStageError


@dataclass(frozen=True, kw_only=True)
class ParameterDefinition:
    """Say what one parameter below the environment's path holds.

    `values` are its versions, oldest first; `labels` go to the newest but one if there is one.
    `own_key` seals a SecureString under the application's key instead of the account's default.
    """

    path: str
    values: tuple[str, ...]
    description: str
    type: Literal["String", "StringList", "SecureString"] = "String"
    own_key: bool = False
    advanced: bool = False
    labels: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what Parameter Store would refuse."""
        if not self.values or not all(self.values):
            raise LocalStageError(f"parameter {self.path}: expected at least one non-empty value")

    @property
    def labelled_version(self) -> int:
        """Return the version that carries the labels."""
        return max(1, len(self.values) - 1)


APPLICATION_PARAMETERS = (
    ParameterDefinition(
        path="supabase/url",
        values=("https://storytailor.supabase.example",),
        description="Where the database's API is",
    ),
    ParameterDefinition(
        path="supabase/service-role-key",
        values=("not-a-key-1", "not-a-key-2"),
        description="Full access to the database's API; rotated each quarter",
        type="SecureString",
        tags={"rotation": "quarterly", "owner": "platform"},
    ),
    ParameterDefinition(
        path="sendgrid/api-key",
        values=("not-an-api-key",),
        description="Sends e-mail",
        type="SecureString",
        tags={"owner": "growth"},
    ),
    ParameterDefinition(
        path="stripe/secret-key",
        values=("not-a-payment-key",),
        description="Applies credits to invoices",
        type="SecureString",
        own_key=True,
    ),
    ParameterDefinition(
        path="email/caps",
        values=("daily_digest=1,weekly_insights=1,referral_reward=3",),
        description="Most e-mails of a kind that a user gets in a day",
        type="StringList",
    ),
    ParameterDefinition(
        path="email/from",
        values=("Storytailor <stories@storytailor.example>",),
        description="The sender of every e-mail",
    ),
    ParameterDefinition(
        path="crisis/thresholds",
        values=(
            json.dumps({"confidence": 0.97, "sla_minutes": 5}),
            json.dumps({"confidence": 0.96, "sla_minutes": 5}),
            json.dumps({"confidence": 0.95, "sla_minutes": 5}),
        ),
        description="When a story's signals alert the parents; changed only with clinical approval",
        advanced=True,
        labels=("clinically-approved",),
        tags={"approval": "clinical", "owner": "safety"},
    ),
    ParameterDefinition(
        path="pipelines/story-scoring/weights",
        values=(json.dumps({"completion": 0.6, "replay": 0.3, "rating": 0.1}),),
        description="What makes a story effective",
    ),
    ParameterDefinition(
        path="referrals/credit-cents",
        values=("500", "1000"),
        description="What a converted referral is worth",
        labels=("launch",),
    ),
)
