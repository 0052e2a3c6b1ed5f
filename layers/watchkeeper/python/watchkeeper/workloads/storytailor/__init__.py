"""Storytailor: a story app whose pipelines e-mail digests, alert in crises and pay out rewards."""
