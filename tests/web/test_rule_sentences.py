"""The later kinds of rule in words."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from flask_babel import force_locale

from matcher.profile import Rule, RuleCode
from web import i18n

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("code", "value", "sentence"),
    [
        (RuleCode.APPLICANT, {"country": "CA", "kinds": ["company"], "sme": True, "min_people": 3, "max_people": 500,
                              "revenue": {"currency": "CAD", "min": 300000, "max": 100000000}},
         ("Applicants from Canada: company. Small and medium-sized only. With at least 3 people. "
          "With at most 500 people. With a yearly revenue of 300,000 Canadian dollars "
          "to 100,000,000 Canadian dollars.")),
        (RuleCode.APPLICANT, {"kinds": ["university"], "unclear_kinds": ["hospital"]},
         "Applicants: university. Ask the operator whether these count: hospital."),
        (RuleCode.APPLICANT, {"revenue": {"currency": "JPY", "max": 5}},
         "Applicants: any organisation. With a yearly revenue of at most 5 Japanese yen."),
        (RuleCode.APPLICANT, {"revenue": {"currency": "JPY", "min": 5}},
         "Applicants: any organisation. With a yearly revenue of at least 5 Japanese yen."),
        (RuleCode.ROLE, {"country": "JP", "kinds": ["university"]}, "At least 1 from Japan: university."),
        (RuleCode.ROLE, {"count": 2, "subdivisions": ["CA-QC"]}, "At least 2: any organisation. Only in: Quebec."),
        (RuleCode.STACKING_LIMIT, {"percent": 75}, "Public money from all sources may pay at most 75% of costs."),
        (RuleCode.LAUNCH_YEARS, {"min": 1, "max": 5}, "The technology must reach the market in 1 to 5 years."),
        (RuleCode.LAUNCH_YEARS, {"max": 5}, "The technology must reach the market within 5 years."),
        (RuleCode.LAUNCH_YEARS, {"min": 2}, "The technology must be at least 2 years from the market."),
        (RuleCode.DATES, {"result": "2024-07-09", "registration": "2024-05-31"},
         "Dates: registration May 31, 2024 and result July 9, 2024."),
        (RuleCode.PARTNER_FUNDING, True, "The partner abroad must bring its own funding."),
    ],
)  # fmt: skip
def test_a_rule_in_words(app: Flask, code: RuleCode, value: object, sentence: str) -> None:
    rule = Rule(code, value, "https://example.com/", date(2026, 1, 2))
    with app.app_context():
        with force_locale("en"):
            assert i18n.rule_sentence(rule) == sentence
        for lang in ("fr", "ja"):
            with force_locale(lang):
                assert "%(" not in i18n.rule_sentence(rule)
