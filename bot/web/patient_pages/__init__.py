"""The pages that links in messages lead to: a patient pays for a visit and rates one, without a log-in."""
