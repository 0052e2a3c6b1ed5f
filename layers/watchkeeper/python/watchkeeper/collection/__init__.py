"""Reading the sources that are counted, and counting them against the ledger."""
