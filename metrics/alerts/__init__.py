"""Alerts: what they are, why they came, how grave they are, and their words."""
