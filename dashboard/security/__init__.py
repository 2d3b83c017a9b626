"""Who may see and do what, and what a browser may load."""
