"""Stand-in until the audit is merged."""

from dataclasses import dataclass, field


@dataclass
class Report:
    findings: list = field(default_factory=list)
    public: dict = field(default_factory=dict)


def audit(rows, tables, pattern, threshold):
    return Report([], {"rows": len(rows), "withheld": len(pattern.withheld)})
