"""Lambda entry point: count e-mails sent and people who unsubscribe, every five minutes."""

from watchkeeper.collection.unsubscribes import count_unsubscribes
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import UnsubscribeSpikeSettings

handler = scheduled_handler("unsubscribe_spike", UnsubscribeSpikeSettings, count_unsubscribes)
