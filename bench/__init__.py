"""What is promised about speed, as ratios taken in one run: `make bench`."""
