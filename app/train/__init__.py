"""The Train page's parts: what to train, a run while it goes, all runs, and some side by side."""
