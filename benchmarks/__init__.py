"""What is measured, on one run of one machine; `make bench` writes docs/benchmarks.md."""
