"""What is saved: the append-only journal, the index, exports, imports, presets, state."""
