"""What charts are made of, for every view that draws one: pictures as plain values, and axes."""
