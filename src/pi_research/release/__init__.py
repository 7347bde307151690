"""The papers that go with a release: the checker's page, its ACRO form, and the crate that says how it was made."""
