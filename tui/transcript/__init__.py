"""The transcript engine: incremental Markdown, cached strips, one scrolling widget."""
