"""Google's Gemini as an engine: it costs money or a free quota, and pictures leave this machine."""
