"""The verdict for readers: on a terminal, as HTML, Markdown and JSON."""
