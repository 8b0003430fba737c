"""A file of questions and its file of answers: rows read, asked, written, and gone on with."""
