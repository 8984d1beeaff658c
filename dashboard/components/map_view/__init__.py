"""MapView: our own Dash component over MapLibre GL; unit shapes as id-only tiles, values as feature-state."""
