"""What a page shows and the API tells, read once: a function and a frozen type in a file for each page."""
