"""The ledger of what has been emitted, and the arithmetic of what is still owed to CloudWatch."""
