#!/usr/bin/env python3
"""Writes src/parser/text/cldr/table.tsv from the Unicode CLDR: how each locale writes a short date and time.

Run by hand when a new CLDR is adopted; neither the build nor the tests need it:

    python3 tools/cldr/table.py DIRECTORY > src/parser/text/cldr/table.tsv

DIRECTORY receives the npm packages of VERSIONS and CALENDARS (600 MB unpacked) unless it has them already, as
NAME-VERSION. README.md next to this file describes the table.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

# The newest first: of equal rows the first one names the locale.
VERSIONS = {"48": "48.2.0", "42": "42.0.0", "36": "36.0.0", "30": "30.0.3"}
CALENDARS = {
    "buddhist": {"48": "48.0.0", "42": "42.0.0", "36": "37.0.0"},
    "japanese": {"48": "48.0.0", "42": "42.0.0", "36": "37.0.0"},
    "roc": {"48": "48.0.0", "42": "42.0.0", "36": "28.0.0"},
    "persian": {"48": "48.0.0", "42": "42.0.0", "36": "36.0.0"},
    "islamic": {"48": "48.0.0", "42": "42.0.0", "36": "36.0.0"},
}
# Eras that can occur in a message, by their keys in CLDR. Heisei ended in 2019; WhatsApp began in 2009.
ERAS = {"buddhist": ["0"], "japanese": ["235", "236"], "roc": ["1"], "persian": ["0"], "islamic": ["0"]}
STYLES = ["full", "long", "medium", "short"]
LEVELS = ["modern", "moderate", "basic"]


def package(folder: Path, name: str, version: str) -> Path:
    target = folder / f"{name}-{version}"
    if not target.exists():
        archive = subprocess.run(
            ["npm", "pack", "--silent", f"{name}@{version}"],
            cwd=folder, check=True, capture_output=True, text=True,
        ).stdout.strip()
        target.mkdir()
        subprocess.run(["tar", "xzf", archive, "-C", target, "--strip-components=1"], cwd=folder, check=True)
    return target


def read(path: Path):
    return json.loads(path.read_text(encoding="utf-8"))


def text(value) -> str:
    """A pattern; one with its own numerals (`_numbers`) is an object. Only Hawaiian has one: Roman months, here `R`."""
    if isinstance(value, str):
        return value
    pattern, numerals = value["_value"], value.get("_numbers")
    return pattern.replace("M", "R") if numerals == "M=romanlow" else pattern


class Version:
    def __init__(self, folder: Path, short: str, number: str):
        self.short = short
        self.dates = package(folder, "cldr-dates-full", number)
        self.numbers = package(folder, "cldr-numbers-full", number)
        self.core = package(folder, "cldr-core", number)
        systems = read(self.core / "supplemental/numberingSystems.json")["supplemental"]["numberingSystems"]
        self.digits = {name: system.get("_digits") for name, system in systems.items()}
        rules = read(self.core / "supplemental/dayPeriods.json")["supplemental"]["dayPeriodRuleSet"]
        self.rules = {name.replace("_", "-"): value for name, value in rules.items()}

        self.joins = set()

    def locales(self):
        names = [p.name for p in (self.dates / "main").iterdir()]
        return [name for name in names if name not in ("root", "und")]

    def zero(self, locale: str) -> str:
        path = self.numbers / "main" / locale / "numbers.json"
        system = read(path)["main"][locale]["numbers"]["defaultNumberingSystem"] if path.exists() else "latn"
        return (self.digits.get(system) or "0")[0]

    def periods(self, locale: str, names) -> str:
        """The flexible day periods: `FROM-BEFORE=WORD`, hours of the day."""
        parts = locale.split("-")
        keys = ["-".join(parts[:n]) for n in range(len(parts), 0, -1)]
        rules = next((self.rules[key] for key in keys if key in self.rules), {})
        found = []
        for name, rule in rules.items():
            if name not in names or "_from" not in rule:
                continue
            hour = lambda key: int(rule[key].split(":")[0])
            before = "_before" if "_before" in rule else "_to"
            found.append(f"{hour('_from')}-{hour(before) % 24}={clean(names[name])}")
        return "|".join(found)

    def row(self, locale: str):
        gregorian = read(self.dates / "main" / locale / "ca-gregorian.json")
        gregorian = gregorian["main"][locale]["dates"]["calendars"]["gregorian"]
        formats = gregorian["dateTimeFormats"]
        times = gregorian["timeFormats"]
        available = formats["availableFormats"]
        names = gregorian["dayPeriods"]["format"]["abbreviated"]
        # ICU joins a date and a time by "atTime" where a version of CLDR has it.
        at_time = gregorian.get("dateTimeFormats-atTime", {}).get("standard", formats)
        pattern = [text(gregorian["dateFormats"]["short"]), text(at_time["short"])]
        pattern += [text(times["short"]), text(times["medium"])]
        pattern += [text(available[key]) for key in ("hm", "hms", "Hm", "Hms")]
        for style in ("dateTimeFormats", "dateTimeFormats-atTime"):
            others = gregorian.get(style, {}).get("standard", gregorian.get(style, {}))
            self.joins.update((clean(text(join)), locale) for join in map(others.get, STYLES) if join)
        words = (clean(names["am"]), clean(names["pm"]), self.periods(locale, names))
        return words, (self.zero(locale), *map(clean, pattern))


def clean(value: str) -> str:
    assert "\t" not in value and "\n" not in value, value
    return value.strip()


def calendar_rows(folder: Path, name: str, version: str, locales):
    """(locale, date pattern, eras) of each locale that the package has."""
    main = package(folder, f"cldr-cal-{name}-full", version) / "main"
    for locale in locales:
        path = main / locale / f"ca-{name}.json"
        if not path.exists():
            continue
        data = read(path)["main"][locale]["dates"]["calendars"][name]
        date = text(data["dateFormats"]["short"])
        eras = ""
        if "G" in date:
            kind = "eraNarrow" if "GGGGG" in date else "eraNames" if re.search("(?<!G)GGGG(?!G)", date) else "eraAbbr"
            eras = "|".join(clean(data["eras"][kind][key]) for key in ERAS[name])
        yield locale, clean(date), eras


def preferred(core: Path):
    """The first calendar of each territory, and the likely territory of each language."""
    data = read(core / "supplemental/calendarPreferenceData.json")["supplemental"]["calendarPreferenceData"]
    first = lambda value: (value if isinstance(value, list) else value.split())[0].split("-")[0]
    territories = {territory: first(value) for territory, value in data.items()}
    likely = read(core / "supplemental/likelySubtags.json")["supplemental"]["likelySubtags"]

    def of(locale: str) -> str:
        parts = locale.split("-")
        territory = next((p for p in parts[1:] if re.fullmatch("[A-Z]{2}|[0-9]{3}", p)), None)
        if territory is None:
            full = likely.get(locale) or likely.get(parts[0]) or ""
            territory = full.split("-")[-1]
        return territories.get(territory, "gregorian")

    return of


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    versions = [Version(folder, short, number) for short, number in VERSIONS.items()]
    levels = read(versions[0].core / "coverageLevels.json")["effectiveCoverageLevels"]

    def rank(locale: str):
        level = levels.get(locale) or levels.get(locale.split("-")[0])
        return (LEVELS.index(level) if level in LEVELS else len(LEVELS), locale)

    words, forms, by_locale = {}, {}, {}
    for version in versions:
        for locale in sorted(version.locales(), key=rank):
            try:
                of, form = version.row(locale)
            except (FileNotFoundError, KeyError):
                continue
            number = words.setdefault(of, len(words))
            entry = forms.setdefault((number, form), {"id": len(forms), "locale": locale, "in": [], "more": 0})
            entry["more"] += 1
            if version.short not in entry["in"]:
                entry["in"].append(version.short)
            by_locale[version.short, locale] = entry["id"]
    print("# Generated by tools/cldr/table.py from Unicode CLDR " + ", ".join(VERSIONS.values()) + ".")
    print("# Copyright 1991-present Unicode, Inc. SPDX-License-Identifier: Unicode-3.0; see tools/cldr/LICENSE.")
    print("# Described in tools/cldr/README.md.")
    for (am, pm, periods), number in words.items():
        print("W", number, am, pm, periods, sep="\t")
    for (number, form), entry in forms.items():
        print("F", entry["id"], "/".join(entry["in"]), entry["locale"], number, *form, sep="\t")
    joins = {}
    for version in versions:
        for join, locale in sorted(version.joins, key=lambda pair: rank(pair[1])):
            joins.setdefault(join, locale)
    for join, locale in joins.items():
        if join not in {form[2] for _, form in forms}:
            print("J", locale, join, sep="\t")
    for name, digits in versions[0].digits.items():
        in_sequence = digits and all(ord(d) == ord(digits[0]) + n for n, d in enumerate(digits))
        if in_sequence and not name.startswith(("math", "outlined", "segment")):
            print("N", name, digits[0], sep="\t")
    of = preferred(versions[0].core)
    seen = set()
    for name, sources in CALENDARS.items():
        for short, number in sources.items():
            known = {locale: form for (version, locale), form in by_locale.items() if version == short}
            # The locales whose own calendar it is come first, each form of theirs with its row.
            order = sorted(known, key=lambda locale: (of(locale) != name, rank(locale)))
            for locale, date, eras in calendar_rows(folder, name, number, order):
                own = of(locale) == name
                keys = [(name, date, eras), (name, date, eras, known[locale])]
                if keys[0] in seen and (not own or keys[1] in seen):
                    continue
                seen.update(keys)
                print("C", locale, known[locale], name, date, eras, sep="\t")


main()
