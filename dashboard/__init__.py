"""Where people look: web pages, the JSON API and reports. Shows what metrics returns, computes nothing."""
