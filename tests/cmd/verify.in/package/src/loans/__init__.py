"""Loan defaults: the production path of loans.ipynb."""
