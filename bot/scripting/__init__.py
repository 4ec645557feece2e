"""Speech scripts as a product: versions in the database, their exam, and what calls are led by."""
