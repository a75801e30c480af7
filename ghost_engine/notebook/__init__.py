"""What `notebooks/main.ipynb` calls, so that its cells stay thin: in Colab, Jupyter or VS Code.

`say` and `machine` need only what every kernel has; the others come after `machine.install`.
Nothing here trains or exports: that is done by jobs, which outlive the cell, the kernel and, with
a folder that is kept (`keep`), the machine.
"""
