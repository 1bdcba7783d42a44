"""The results as a pivot: any series by any of its keys and by period."""
