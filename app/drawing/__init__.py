"""Pictures and pages that stand alone: SVG and HTML without scripts. Same figures, same bytes."""
