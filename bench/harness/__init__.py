"""What the benchmarks of this folder share. Standard library only. See ../README.md."""
