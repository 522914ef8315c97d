"""What carries out each kind of step: the one table from which the plan takes a step's code, and from which it is dispatched."""

from __future__ import annotations

from dataclasses import dataclass

from ..machine.warm import CAN_FORK


@dataclass(frozen=True)
class Kind:
    """A kind of step. function: "module:name", run in a process of its own. without_fork: the same where none can be forked."""

    function: str
    without_fork: str | None = None

    @property
    def modules(self) -> list[str]:
        return [function.partition(":")[0] for function in (self.function, self.without_fork) if function]


STEPS = {
    "delivery": Kind("missions.edition.deliveries:validate"),
    "annex": Kind("missions.edition.annex:run", without_fork="missions.edition.annex:run_in_kernel"),
    "decision": Kind("missions.edition.decision:make"),
    "page": Kind("missions.edition.pages:make"),
    "facts": Kind("missions.edition.facts:make"),
    "site": Kind("missions.edition.site:make_site"),
    "pdf": Kind("missions.edition.site:make_pdfs"),
    "record": Kind("missions.edition.record:write"),
}
DECIDED_ON = ("imvo_steps", "mission_register", "survey_answers")  # the deliveries in which the decision counts its rows
# Jobs that make no result: what they find out is compared, and nothing of it is kept.
ENVIRONMENT = Kind("missions.machine.snapshot:environment_as_a_job")
RENDERER = Kind("missions.present.drawing:serve")  # draws what pages ask for, by code that is an input of each of them


def function_of(kind: str) -> str:
    """What a job of this kind calls, on this machine."""
    step = STEPS[kind]
    return step.function if CAN_FORK or step.without_fork is None else step.without_fork
