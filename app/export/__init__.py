"""The Export page in parts: what to export, the job at work, what came of it."""
