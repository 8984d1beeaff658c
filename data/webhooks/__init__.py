"""Webhooks: which programs are told of events of cases, by signed messages that are sent until they arrive."""
