"""Figures, each as a ratio or a median of one run: `make bench`, or `python -m benchmarks NAME …`."""
