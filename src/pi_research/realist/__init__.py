"""What works, for whom, in what circumstances: the programme theory as data, and its tests."""

from pi_research.realist.agreement import Agreement, krippendorff_alpha
from pi_research.realist.checklists import Checklist, ChecklistError, checklist
from pi_research.realist.configurational import TruthTable, truth_table
from pi_research.realist.coverage import IndicatorCoverage, indicator_coverage
from pi_research.realist.evidence import (
    Saturation,
    balance,
    codings,
    double_coded,
    evidence_sentence,
    judge,
    saturation,
    voices,
    weigh,
)
from pi_research.realist.exact_tests import (
    conditional_error,
    conditional_scores,
    exact_proportions,
    permuted_p_values,
)
from pi_research.realist.joint import JointDisplay, joint_display
from pi_research.realist.mediated import Mediation, MediationDesign, mediation
from pi_research.realist.membership import calibrate, calibrate_crisp, calibrate_indirect
from pi_research.realist.modification import Modification, effect_modification
from pi_research.realist.modification_power import conditional_power, stated_power
from pi_research.realist.necessity import expression_fit, necessary_combinations, single_conditions
from pi_research.realist.process import PERSPECTIVES, Diagram, diagram
from pi_research.realist.robustness import Robustness, solution_robustness
from pi_research.realist.solutions import Solution, contradictory_assumptions, minimise
from pi_research.realist.success import AgreementOnPeople, SuccessBoard, agreement_on_people, judge_success
from pi_research.realist.synthesis import (
    Statuses,
    collect_next,
    people_needed,
    propose_statuses,
    what_is_known,
)
from pi_research.realist.theory import (
    COM_B,
    Theory,
    TheoryError,
    check_findings,
    check_segments,
    listed,
    read_theory,
)

__all__ = [
    "COM_B",
    "PERSPECTIVES",
    "Agreement",
    "AgreementOnPeople",
    "Checklist",
    "ChecklistError",
    "Diagram",
    "IndicatorCoverage",
    "JointDisplay",
    "Mediation",
    "MediationDesign",
    "Modification",
    "Robustness",
    "Saturation",
    "Solution",
    "Statuses",
    "SuccessBoard",
    "Theory",
    "TheoryError",
    "TruthTable",
    "agreement_on_people",
    "balance",
    "calibrate",
    "calibrate_crisp",
    "calibrate_indirect",
    "check_findings",
    "check_segments",
    "checklist",
    "codings",
    "collect_next",
    "conditional_error",
    "conditional_power",
    "conditional_scores",
    "contradictory_assumptions",
    "diagram",
    "double_coded",
    "effect_modification",
    "evidence_sentence",
    "exact_proportions",
    "expression_fit",
    "indicator_coverage",
    "joint_display",
    "judge",
    "judge_success",
    "krippendorff_alpha",
    "listed",
    "mediation",
    "minimise",
    "necessary_combinations",
    "people_needed",
    "propose_statuses",
    "read_theory",
    "saturation",
    "permuted_p_values",
    "single_conditions",
    "solution_robustness",
    "stated_power",
    "truth_table",
    "voices",
    "weigh",
    "what_is_known",
]
