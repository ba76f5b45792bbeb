"""Motion inside one still painting: currents that carry its paint, and modes in which it sways."""
