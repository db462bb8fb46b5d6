"""The parts of the screen, each knowing nothing of its siblings."""
