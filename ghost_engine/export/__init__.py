"""A trained adapter becomes files that run: merged weights as GGUF, a Modelfile, a model in Ollama.

`start.start_export` launches the job; what it made, and how that was proven, is in export.json.
"""

KIND = "export"
"""The kind of job."""
