"""The Open311 GeoReport v2 server: addresses, forms, and answers in JSON and XML."""
