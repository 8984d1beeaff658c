"""The live connection: what the feed brings, pushed to each viewer within its scope."""
