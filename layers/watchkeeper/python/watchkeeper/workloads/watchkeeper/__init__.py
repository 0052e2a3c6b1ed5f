"""The suite watching itself: silent, failing or misled functions are incidents too."""
