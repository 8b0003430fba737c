"""What is seen of this program from outside: spans, measures, and what joins them with others'."""
