"""The filled-in checklist, as Markdown, JSON and a page of HTML."""
