"""What comes with the program beside its code: catalogue, documents, fonts, icons, desktop integration."""
