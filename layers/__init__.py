"""What the map can show, as declarations, and how it is served: tiles, legends, overlays, exports."""
