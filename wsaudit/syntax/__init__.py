"""Reading: the text of one file becomes one Module of the common syntax."""
