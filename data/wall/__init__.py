"""What does the wall show: scenes made of panels, held as data that a city may edit."""
