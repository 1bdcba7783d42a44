"""Plans in and out of files of other programs: workbooks, CSV, JSON."""
