"""icrm: introductions between customers, their communities and their referral value."""
