"""The daily, weekly and monthly report: read, judged against targets, kept and sent."""
