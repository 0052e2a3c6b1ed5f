"""The canary: one marked event a day through EventBridge, found again where it has to come out."""
