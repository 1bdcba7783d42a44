"""A plan as a document for those who decide: figures, charts, assumptions and sources, as a PDF."""
