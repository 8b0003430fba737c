"""What the bridge costs beside the raw request: measured side by side, told as ratios.

`python -m benchmarks` prints the table, `python -m benchmarks --write` puts it into the README.
Linux only: the processor time and the memory of other processes are read where Linux has them.
"""
