"""Watching: what is out of the ordinary becomes alerts, and alerts become deliveries."""
