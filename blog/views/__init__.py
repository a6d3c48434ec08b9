"""What readers get, by subject. Every view here is short: fetch what is live, draw, or say that it is not there."""
