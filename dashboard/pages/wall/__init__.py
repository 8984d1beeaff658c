"""The wall: scenes that follow one another, drawn by the browser from the live feed and the HTTP interface."""
