"""Spikes: counts far above what was to be expected, found step by step."""
