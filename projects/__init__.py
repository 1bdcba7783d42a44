"""Plans that open and solve: the templates of Gigaplan, and how they are built from the catalogue."""
