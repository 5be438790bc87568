"""Cost Explorer: anomaly monitors, their subscriptions, and cost allocation tags. Nothing costs anything here."""
