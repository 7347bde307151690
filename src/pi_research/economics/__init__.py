"""Rate card, payments, costs and savings over a contract's years, and how sure they are."""

from pi_research.economics.cash import PARTIES, PUBLIC, CashFlow, Contract, Line, Use, cash_flow, discount
from pi_research.economics.indigo import indigo_fields, indigo_project
from pi_research.economics.inputs import Input, at_centre, correlated_draws
from pi_research.economics.ledger import Ledger, claims_ledger
from pi_research.economics.published import (
    InterimSum,
    break_even_months,
    corrected,
    cost_per_outcome,
    cumulative_payments,
    payments_sentence,
)
from pi_research.economics.rate_card import RateCard, RateCardError, apportion, pence
from pi_research.economics.uncertainty import (
    Analysis,
    SwitchingValue,
    acceptability,
    evpi,
    probabilistic_analysis,
    switching_value,
    tornado,
)
from pi_research.economics.waterfall import repay

__all__ = [
    "PARTIES", "PUBLIC", "Analysis", "CashFlow", "Contract", "Input", "InterimSum", "Ledger", "Line",
    "RateCard",
    "RateCardError", "SwitchingValue", "Use", "acceptability", "apportion", "at_centre", "break_even_months",
    "cash_flow", "claims_ledger", "corrected", "correlated_draws", "cost_per_outcome", "cumulative_payments",
    "discount", "evpi", "indigo_fields", "indigo_project", "payments_sentence", "pence",
    "probabilistic_analysis",
    "repay", "switching_value", "tornado",
]
