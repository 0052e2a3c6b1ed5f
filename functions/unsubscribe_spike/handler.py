"""Lambda entry point: count e-mails sent and people who unsubscribe, every five minutes."""

from watchkeeper.collection.unsubscribe_watch import watch_unsubscribes
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import UnsubscribeSpikeSettings

handler = scheduled_handler("unsubscribe_spike", UnsubscribeSpikeSettings, watch_unsubscribes)
