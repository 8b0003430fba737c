"""What callers hold: answers, errors and identifiers; and what is kept out of them."""
