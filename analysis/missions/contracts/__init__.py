"""Contracts: what deliveries must look like before anything is computed from them."""

from .problems import DeliveryError, Problem, in_order, told
from .rules import IMVO_CHAIN, NO_ANSWER, GroupRule, group_rules, validate
from .together import validate_together

__all__ = [
    "IMVO_CHAIN",
    "NO_ANSWER",
    "DeliveryError",
    "GroupRule",
    "Problem",
    "group_rules",
    "in_order",
    "told",
    "validate",
    "validate_together",
]
