"""Moving in: from another blog's export to stories here.

reading (safe bytes → well-formed XML; repair mends it by name) → blogger, wordpress (→ records) → planning →
bodies (→ HTML that keeps its meaning) → writing (→ the verbs) → report. Comments are counted and not yet brought in:
`records.Discussion` is where they will be kept.
"""
