"""Lambda entry point: count rewards and referrals into metrics, every hour."""

from watchkeeper.collection.referrals import count_referrals
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import ReferralMetricsSettings

handler = scheduled_handler("referral_metrics", ReferralMetricsSettings, count_referrals)
