"""Watchkeeper: watch automatic pipelines and page the right person before users are hurt."""

import gc
import os

# What is imported stays: looking for garbage in it finds none, and is a twentieth of a cold start.
# In a function `scheduled_handler`, the last thing that is called then, takes it up again.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    gc.disable()
