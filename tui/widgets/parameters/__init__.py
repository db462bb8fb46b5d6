"""The right pane: one control for each parameter of the focused column, and its system prompt."""
