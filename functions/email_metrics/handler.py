"""Lambda entry point: count what became of e-mails, every five minutes."""

from watchkeeper.collection.emails import count_emails
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import EmailMetricsSettings

handler = scheduled_handler("email_metrics", EmailMetricsSettings, count_emails)
