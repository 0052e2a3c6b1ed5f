"""What runs Watchkeeper away from AWS: the local stage, and later the rehearsals."""
