"""Files of any city in: polygons, attributes, incidents, places."""
