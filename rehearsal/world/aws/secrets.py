"""Secrets Manager, as far as functions read secrets."""

from collections.abc import Mapping

from rehearsal.world.aws.wire import Answer, Call, refuse_unknown, to_answer, to_refusal


class Secrets:
    """Answer `GetSecretValue`."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = secrets

    def __call__(self, call: Call) -> Answer:
        """Answer a call to Secrets Manager."""
        if call.operation != "GetSecretValue":
            return refuse_unknown("secretsmanager", call)
        name = call.document["SecretId"]
        if name not in self._secrets:
            sentence = "Secrets Manager can't find the specified secret."
            return to_refusal("ResourceNotFoundException", sentence)
        return to_answer({"Name": name, "SecretString": self._secrets[name]})
