"""Report first: the production path of report_first.ipynb."""
