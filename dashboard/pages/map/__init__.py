"""The map page: drill-down from the city to one small grid."""
