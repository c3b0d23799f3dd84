"""Whether to believe a map: removal, controls, boxes, people's eyes, audits of foreign maps."""
