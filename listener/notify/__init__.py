"""Telling people: messages leave through an outbox, at least once, each under an id of its own."""
