"""The contract in the field names of the INDIGO data standard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.economics.cash import Contract
    from pi_research.economics.rate_card import RateCard


def indigo_project(
    card: RateCard, metrics: pd.DataFrame, payments: pd.DataFrame, contract: Contract
) -> dict[str, list[dict]]:
    """Metrics, pricings, commitments, investment, results and payments, as plain JSON types.

    Parameters
    ----------
    card : RateCard
        Its rows become ``outcome_pricings``; whether a price is illustrative stands in ``notes``.
    metrics : DataFrame
        ``name, definition, target, result, period_start, period_end, result_type, source``.
    payments : DataFrame
        ``type, period_start, period_end, amount_gbp, source``.
    contract : Contract
        For the caps and the investor's commitment.

    Returns
    -------
    dict
        Field names of ``project.json`` of the INDIGO data standard (Government Outcomes Lab), each value
        wrapped as ``{"value": ...}`` where the standard does so. Organisations are named by their role here:
        an identifier of the register would have to be put in by whoever publishes it.
    """
    return {
        "outcome_metrics": [_metric(row) for row in metrics.itertuples()],
        "outcome_pricings": [_pricing(row, metrics) for row in card.rows.itertuples()],
        "outcome_payment_commitments": [
            {"organisation_id": _v("council"), "maximum_potential_outcome_payment":
                {"currency": _v("GBP"), "amount": _v(contract.payment_cap)}},
            {"organisation_id": _v("national fund"), "maximum_potential_outcome_payment":
                {"currency": _v("GBP"), "amount": _v(contract.fund_cap)}}],
        "investments": [{"id": "investment1", "organisation_id": _v("investor"), "investment_commitment":
                         {"currency": _v("GBP"), "amount": {"exact": _v(contract.investment)}}}],
        "results": [_result(row) for row in metrics.itertuples()],
        "outcome_payments": [_payment(row) for row in payments.dropna(subset=["amount_gbp"]).itertuples()],
    }


def indigo_fields(project: Mapping[str, list[dict]]) -> pd.DataFrame:
    """The same as rows: ``object, number, field`` (with dots), ``value``."""
    import pandas as pd

    rows = [(name, k + 1, field, value) for name, items in project.items()
            for k, item in enumerate(items) for field, value in _flat(item)]
    return pd.DataFrame(rows, columns=["object", "number", "field", "value"])


def _flat(item: Mapping, before: str = "") -> Iterator[tuple[str, object]]:
    for name, value in item.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _v(value: object) -> dict[str, object]:
    return {"value": value}


def _period(row: object) -> dict[str, dict]:
    return {"start_date": _v(row.period_start), "end_date": _v(row.period_end)}


def _metric(row: object) -> dict:
    return {"id": row.name, "definition": _v(row.definition),
            "targeted_number_of_service_users_or_beneficiaries_total": _v(int(row.target)),
            "unit_type_of_targeted_service_users_or_beneficiaries": _v("Individual"),
            "outcome_validation_method": _v("Simple ex-post verification"), "source_ids": row.source}


def _pricing(row: object, metrics: pd.DataFrame) -> dict:
    target = metrics.set_index("name")["target"].get(_register_name(row.outcome))
    most = None if target is None else f"{row.price_pence * int(target) / 100:.2f}"
    last = "" if str(row.valid_to) == "NaT" else f" to {row.valid_to:%Y-%m-%d}"
    return {"outcome_metric_id": _v(_register_name(row.outcome)), "currency": _v(row.currency),
            "price_per_unit": {"amount": _v(row.price_pence / 100)},
            "maximum_price_if_all_targets_achieved": {"amount": _v(most)},
            "price_description": _v(f"{row.definition}; from {row.valid_from:%Y-%m-%d}{last}"),
            "notes": f"price {row.basis}, price year {int(row.price_year)}"}


def _register_name(outcome: str) -> str:
    return f"{outcome}_months" if outcome.startswith("sustained_") else outcome


def _result(row: object) -> dict:
    return {"outcome_metric_id": _v(row.name), "result_level": _v("Outcome level"),
            "result_type": _v(str(row.result_type).capitalize()), "period": _period(row),
            "number_with_positive_social_outcomes": _v(int(row.result)), "source_ids": row.source}


def _payment(row: object) -> dict:
    return {"period": _period(row), "type": _v(str(row.type).capitalize()),
            "money": {"currency": _v("GBP"), "amount": _v(int(row.amount_gbp))}, "source_ids": row.source}
