"""The playground's parts: start panel, progress, workbench, questions."""
