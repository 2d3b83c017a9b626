"""What the commands do, by topic: `setup` (init, doctor), `gather` (bring posts in, label, erase), `look` (figures, posts, exports)."""
