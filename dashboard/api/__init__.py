"""The JSON API under /api/v1, a router in a file for each thing that it tells of."""
