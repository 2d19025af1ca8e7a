"""From a case to a filing: drafts that a lawyer finishes. Nothing in them that is not an answer, a source or a gap."""
