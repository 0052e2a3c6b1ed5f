"""What only deployment needs of Storytailor: alarms, dashboards, saved queries (in no layer)."""
