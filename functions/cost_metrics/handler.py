"""Lambda entry point: tell what a day and an e-mail cost, daily."""

from watchkeeper.collection.cost_metrics import tell_costs
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import CostMetricsSettings

handler = scheduled_handler("cost_metrics", CostMetricsSettings, tell_costs)
