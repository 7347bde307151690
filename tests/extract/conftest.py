"""A small good extract, made by hand: six people, all twenty tables, no fault and nothing to notice."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from pi_research.extract import check_extract

DICTIONARY = Path(__file__).resolve().parents[2] / "data" / "dictionary"

GOOD = {
    "extract": """extract_date,trust_record_from,supplier,synthetic,scenario,seed
2024-03-31,2019-01-01,Test supplier,true,base,1
""",
    "people": """customer_id,sex,year_of_birth,ethnic_group,area,diagnosis_group,residential_since,forensic_history,learning_disability,entered_in_crisis,referral_source,consent
SY-001,female,1971,white,North,psychosis,2015-04-01,false,false,false,care_coordinator,given
SY-002,male,1984,black,North,bipolar,2018-09-10,false,false,true,residential_home,given
SY-003,male,1958,white,South,psychosis,2009-01-19,true,false,false,recovery_team,given
SY-004,female,1990,asian,South,psychosis,2020-02-03,false,true,false,self_or_family,given
SY-005,male,1979,mixed,East,personality,2017-11-27,true,false,false,care_coordinator,given
SY-006,female,1966,white,East,depression_anxiety,2012-06-04,,,,other,not_asked
""",
    "programme_events": """event_id,customer_id,event,date,planned_date,reason
E01,SY-001,expression_of_interest,2020-02-10,,
E02,SY-001,panel_accepted,2020-03-02,,
E03,SY-001,start,2020-05-01,,
E04,SY-001,plan_agreed,2020-06-15,,
E05,SY-001,move_planned,2020-11-20,2021-02-15,
E06,SY-001,move,2021-03-01,,
E07,SY-001,review,2021-09-01,,
E08,SY-001,transition,2023-03-01,,
E09,SY-002,expression_of_interest,2021-03-15,,
E10,SY-002,panel_accepted,2021-04-12,,
E11,SY-002,start,2021-06-01,,
E12,SY-002,move,2022-06-13,,
E13,SY-003,expression_of_interest,2020-09-01,,
E14,SY-003,panel_accepted,2020-10-05,,
E15,SY-003,start,2020-11-02,,
E16,SY-003,move,2021-09-06,,
E17,SY-004,expression_of_interest,2023-05-02,,
E18,SY-004,panel_accepted,2023-06-05,,
E19,SY-004,start,2023-10-02,,
E20,SY-005,expression_of_interest,2022-01-10,,
E21,SY-005,panel_declined,2022-02-07,,not_ready
E22,SY-006,expression_of_interest,2021-10-04,,
E23,SY-006,panel_accepted,2021-11-08,,
E24,SY-006,start,2022-01-10,,
E25,SY-006,withdrawal,2022-08-15,,own_choice
""",
    "tenancies": """tenancy_id,customer_id,start_date,end_date,end_reason,landlord_type,support_level
T1,SY-001,2021-03-01,,,housing_association,general_needs
T2,SY-002,2022-06-13,2023-01-20,relapse,housing_association,supported
T3,SY-003,2021-09-06,2022-11-18,death,council,general_needs
""",
    "outcome_claims": """claim_id,customer_id,tenancy_id,outcome,reached_date,claim_date,decision,amount_gbp
C1,SY-001,,engagement,2020-06-15,2020-07-01,paid,1000
C2,SY-001,T1,move,2021-03-01,2021-04-01,paid,5000.50
C3,SY-001,T1,sustained_6,2021-09-01,2021-10-01,paid,6000
C4,SY-001,T1,sustained_12,2022-03-01,2022-04-01,contested,6000
C5,SY-002,T2,move,2022-06-13,2022-07-01,paid,5000
C6,SY-002,T2,sustained_6,2022-12-13,2023-01-05,paid,6000
C7,SY-003,T3,move,2021-09-06,,,5000
""",
    "assessments": """assessment_id,customer_id,date,tool,domain,score
A1,SY-001,2020-05-20,recovery_star,managing mental health,4
A2,SY-001,2021-09-01,recovery_star,managing mental health,6
A3,SY-001,2021-09-01,barthel,total,18
A4,SY-002,2021-06-20,five_ways,connect,3
A5,SY-003,2020-12-01,recovery_star,total,48
""",
    "delays": """delay_id,customer_id,start_date,end_date,reason
D1,SY-001,2020-12-01,2021-02-20,covid_restrictions
D2,SY-002,2022-03-01,2022-05-30,housing_supply
D3,SY-004,2024-01-15,,funding_decision
""",
    "support_hours": """customer_id,month,role,hours
SY-001,2020-05-01,health_wellbeing_coach,6.5
SY-001,2020-06-01,health_wellbeing_coach,8
SY-001,2020-06-01,peer_mentor,2
SY-002,2021-06-01,housing_worker,3.25
SY-003,2020-11-01,health_wellbeing_coach,0
""",
    "placements": """placement_id,customer_id,start_date,end_date,placement_type,out_of_area,funder,weekly_cost_gbp
L1,SY-001,2015-04-01,2021-02-28,residential,false,council,780
L2,SY-002,2018-09-10,2022-06-12,residential,true,joint,1150.75
L3,SY-003,2009-01-19,2021-09-05,nursing,false,nhs,1320
L4,SY-004,2020-02-03,,residential,,council,
""",
    "identifiers_housing": """customer_id,forename,surname,date_of_birth,sex,postcode,previous_postcode
SY-001,Anna,Nan,1971-05-04,female,ZZ1 1AA,ZZ2 1AA
SY-002,Ben,O'Neil,1984-07-19,male,ZZ1 1AB,
SY-003,José,"Smith, the elder",1958-12-01,male,ZZ1 1AC,
""",
    "identifiers_trust": """patient_id,forename,surname,date_of_birth,sex,postcode,previous_postcode
P-101,Anna,Nan,1971-05-04,female,ZZ1 1AA,ZZ2 1AA
P-102,Benjamin,ONeil,1984-07-19,male,ZZ1 1AB,
""",
    "patients": """patient_id,sex,year_of_birth,ethnic_group,death_date
P-101,female,1971,white,
P-102,male,1984,black,
P-103,male,1958,white,2022-11-18
P-104,female,1990,asian,
P-199,male,1982,other,
""",
    "links": """customer_id,patient_id,method
SY-001,P-101,deterministic
SY-002,P-102,probabilistic
SY-003,P-103,clerical
SY-004,P-104,third_party
SY-005,,clerical
""",
    "hospital_spells": """spell_id,record_month,patient_id,admission_date,discharge_date,admission_method,legal_status,site,out_of_area,delayed_days
S1,2019-10-01,P-101,2019-10-12,,emergency,section_2,RX1,false,0
S1,2019-11-01,P-101,2019-10-12,2019-11-20,emergency,section_2,RX1,false,4
S2,2023-01-01,P-102,2023-01-21,,emergency,section_3,RX2,true,
S2,2023-02-01,P-102,2023-01-21,2023-03-02,emergency,section_3,RX2,true,10
S3,2020-02-01,P-102,2020-02-11,2020-02-20,planned,informal,RX1,false,0
S4,2024-03-01,P-104,2024-03-15,,emergency,section_2,RX1,false,2
""",
    "leave": """spell_id,start_date,end_date
S1,2019-11-01,2019-11-03
S2,2023-02-10,2023-02-14
S2,2023-02-20,2023-02-21
""",
    "contacts": """contact_id,patient_id,date,team,planned,attendance
K1,P-101,2020-01-10,community,true,attended
K2,P-101,2021-04-02,crisis,false,attended
K3,P-102,2022-08-09,community,true,did_not_attend
K4,P-103,2022-06-01,rehabilitation,true,attended
K5,P-104,2023-11-30,liaison,,unknown
""",
    "referrals": """referral_id,patient_id,received_date,closed_date,team,priority
R1,P-101,2019-10-01,2020-01-31,crisis,emergency
R2,P-102,2020-02-25,,community,routine
R3,P-103,2020-06-05,2022-11-18,rehabilitation,
""",
    "area_series": """area,measure,month,value,denominator,denominator_unit
Sheffield,bed_days,2023-01-01,3120,3400,person_days
Sheffield,bed_days,2023-02-01,2890,3100,person_days
Sheffield,bed_days,2023-03-01,3005,3400,person_days
Sheffield,delayed_days,2023-01-01,210,3120,occupied_bed_days
Sheffield,delayed_days,2023-02-01,180,2890,occupied_bed_days
Leeds,admissions,2023-01-01,41,,
Leeds,admissions,2023-02-01,38,,
""",
    "measures": """area,measure,quarter,numerator,denominator,target,direction
Leeds,people moved on,2023-04-01,12,20,0.5,higher_is_better
Leeds,people moved on,2023-07-01,9,18,0.5,higher_is_better
Leeds,complaints,2023-04-01,3,,,
""",
    "segments": """segment_id,role,theme,sub_theme,theory_id,direction,coder
G1,customer,Independence,own front door,CMO1,supports,AB
G2,coach,Trust,"keeping promises, being there",CMO2,refines,2
G3,commissioner,Money,,,neutral,CD
""",
}


@pytest.fixture(scope="session")
def good() -> dict[str, str]:
    """The text of each good table."""
    return dict(GOOD)


@pytest.fixture(scope="session")
def extract_of(tmp_path_factory):
    """Write tables (text or bytes) into a new folder and return it; a name without ending is a CSV."""

    def write(tables: dict[str, str | bytes]) -> Path:
        folder = tmp_path_factory.mktemp("extract")
        for name, content in tables.items():
            data = content.encode() if isinstance(content, str) else content
            (folder / (name if "." in name else f"{name}.csv")).write_bytes(data)
        return folder

    return write


@pytest.fixture(scope="session")
def checked(extract_of):
    """Check tables as they would be checked in a folder."""

    def check(tables: dict[str, str | bytes], **options):
        return check_extract(extract_of(tables), dictionary=DICTIONARY, **options)

    return check


@pytest.fixture(scope="session")
def plant(good):
    """The good files with the fault of one entry of ``faults.yaml`` in them."""

    def planted(entry: dict) -> dict[str, str | bytes]:
        tables: dict[str, str | bytes] = dict(good)
        for place, value in entry.get("set", {}).items():
            table, row, column = place.split()
            tables[table] = _with_cell(tables[table], int(row), column, value)
        for table, line in entry.get("add", {}).items():
            tables[table] += f"{line}\n"
        for table, (old, new) in entry.get("replace", {}).items():
            assert old in tables[table]
            tables[table] = tables[table].replace(old, new)
        for table, encoding in entry.get("encode", {}).items():
            tables[table] = tables[table].encode(encoding)
        for table in entry.get("drop", ()):
            del tables[table]
        files = {f"{name}.csv": content for name, content in tables.items()}
        files |= entry.get("file", {})
        files |= {
            name: text.encode().decode("unicode_escape").encode("latin-1")
            for name, text in entry.get("bytes", {}).items()
        }
        return {entry.get("rename", {}).get(name, name): content for name, content in files.items()}

    return planted


def _with_cell(text: str, row: int, column: str, value: str) -> str:
    lines = list(csv.reader(io.StringIO(text)))
    lines[row - 1][lines[0].index(column)] = value
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue()
