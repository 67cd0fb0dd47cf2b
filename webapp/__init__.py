"""Dripline: the admin dashboard for networks of ketamine-infusion clinics."""
