"""A CloudWatch without AWS: metrics in, alarm states and messages out, on a clock it is given.

Pure: no AWS client, no wall clock, no CDK, nothing of Watchkeeper's own. Times are whole seconds
since 1970 (UTC) everywhere inside; only messages spell dates.
"""
