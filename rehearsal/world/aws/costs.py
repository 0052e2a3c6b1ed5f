"""Cost Explorer, as far as daily costs by service are read: the same every day."""

from collections.abc import Mapping
from datetime import date, timedelta

from rehearsal.world.aws.wire import Answer, Call, refuse_unknown, to_answer


class Costs:
    """Answer `GetCostAndUsage`; `services` gives the US dollars of each service a day."""

    def __init__(self, services: Mapping[str, float]) -> None:
        self._services = services

    def __call__(self, call: Call) -> Answer:
        """Answer a call to Cost Explorer."""
        if call.operation != "GetCostAndUsage":
            return refuse_unknown("ce", call)
        asked = call.document["TimePeriod"]
        first, after_last = date.fromisoformat(asked["Start"]), date.fromisoformat(asked["End"])
        days = (first + timedelta(days=number) for number in range((after_last - first).days))
        return to_answer({"ResultsByTime": [self._day(day) for day in days]})

    def _day(self, day: date) -> Mapping[str, object]:
        groups = [
            {"Keys": [name], "Metrics": {"UnblendedCost": {"Amount": str(usd), "Unit": "USD"}}}
            for name, usd in self._services.items()
        ]
        after = day + timedelta(days=1)
        period = {"Start": day.isoformat(), "End": after.isoformat()}
        return {"TimePeriod": period, "Groups": groups, "Estimated": False}
