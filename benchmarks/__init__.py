"""What the bridge costs beside the raw request: measured side by side, told as ratios.

`python -m benchmarks` prints the table, and with `--write` puts it into benchmarks/README.md.
Linux only: the processor time and the memory of other processes are read where Linux has them.
"""
