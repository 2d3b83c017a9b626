"""Goals: read from words, measured, forecast and looked at again."""
