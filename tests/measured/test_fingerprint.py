from afterpulse.measured import fingerprint as of


def test_name_follows_from_the_content_alone():
    content = {"a": [1.0, 2.0], "b": None}
    assert of.fingerprint(content) == of.fingerprint({"b": None, "a": [1.0, 2.0]})
    assert of.fingerprint(content) != of.fingerprint({"a": [1.0, 2.0000000000000004], "b": None})
    assert len(of.fingerprint(content)) == 12


def test_other_version_or_source_gives_another_name(monkeypatch):
    before = of.fingerprint("x")
    monkeypatch.setattr(of, "versions", lambda: {"afterpulse": "0.0.1"})
    other_version = of.fingerprint("x")
    monkeypatch.undo()
    monkeypatch.setattr(of, "sources", lambda: "another")
    assert len({before, other_version, of.fingerprint("x")}) == 3


def test_source_that_changes_changes_the_sum(monkeypatch, tmp_path):
    package = tmp_path / "afterpulse"
    (package / "part").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    file = package / "part" / "one.py"
    sums = set()
    for text in ("x = 1\n", "x = 2\n"):
        file.write_text(text)
        monkeypatch.setattr(of.afterpulse, "__file__", str(package / "__init__.py"))
        sums.add(of.sources.__wrapped__())
    assert len(sums) == 2
