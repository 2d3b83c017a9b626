"""The web pages, a router in a file for each."""
