"""Joint-defence zones: how units are joined into contiguous zones, and how a plan is checked."""
