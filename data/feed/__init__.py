"""The live feed: numbered entries of what changed, made by the folding process and read under each viewer's scope."""
