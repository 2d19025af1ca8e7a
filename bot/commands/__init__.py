"""The administrator's and the coordinators' shell: what stands behind qorgan keys, cases and audit."""
