"""Foreign text made harmless, and its widths and differences."""
