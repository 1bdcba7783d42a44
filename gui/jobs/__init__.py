"""Work in the background: solving, scenarios, risk, history, diagnosis. No widgets here."""
