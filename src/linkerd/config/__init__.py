"""Text → located tree → frozen sections; JSON Schema and manual come from the same classes."""
