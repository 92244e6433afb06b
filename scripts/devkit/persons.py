# SPDX-License-Identifier: Apache-2.0
"""Synthetic Dutch persons for the demonstration and the benchmarks.

BSNs come from the reserved test range 9999xxxxx alone, which holds 9,091 numbers that pass the
11-test; no other is ever made up. The names are common Dutch ones, with prefixes and diacritics
among them; the persons are drawn by a seeded generator, so a run can be repeated."""
import csv
import random
import unicodedata

SURNAMES = (
    "Jong Jansen Vries Berg Dijk Bakker Janssen Visser Smit Meijer Boer Mulder Groot Bos Vos Peters "
    "Hendriks Leeuwen Dekker Brouwer Wit Dijkstra Smits Graaf Meer Linden Kok Jacobs Haan Vermeulen "
    "Heuvel Veen Broek Bruijn Heijden Schouten Beek Willems Vliet Hoekstra Maas Verhoeven Koster Dam "
    "Prins Blom Huisman Peeters Kuijpers Veenstra Kuiper Postma Kramer Brink Scholten Martens Groen "
    "Wal Gerritsen Bosch Molenaar Hoek Bosman Sanders Mol Wolters Wijk Jonker Veldhuis Timmermans "
    "Müller Daniëls Michiels-Koçak Özdemir Çelik Yılmaz Şahin Nuñez Gonçalves Søndergaard Kowalewski "
    "Wałęsa Nguyễn Béguin Citroën Fiévez Boël Ruijs-d'Hondt Crêté Ångström Strauß Đorđević Rößler "
    "Bergé Noordhoff-Timár").split()
PREFIXES = ("", "", "", "", "van", "de", "van der", "van den", "van de", "ter", "den", "'t", "op den")
FIRST = {
    "M": "Jan Johannes Cornelis Hendrik Willem Pieter Daan Sem Noah Lucas Levi Finn Luuk Bram Milan "
         "Thijs Mees Jesse Youssef Mohammed René Björn Loïc Andrés Jürgen Zoltán Øyvind".split(),
    "V": "Maria Johanna Anna Cornelia Elisabeth Emma Julia Mila Tess Sophie Zoë Sara Nora Yara Eva "
         "Lotte Femke Fatima Chloë Noëlle Renée Inès Anaïs Gülşen Žofia Søs".split(),
}
LETTERS = [a + b for a in "ABCDEFGHJKLMNPRSTVWXZ" for b in "ABCDEFGHJKLMNPRSTVWXZ"
           if a + b not in ("SA", "SD", "SS")]
DIAGNOSES = ("J45", "I25", "E11", "M16", "C50", "I63", "K51", "S72")
COLUMNS = ("patient", "bsn", "achternaam", "voorvoegsel", "voornamen", "geboortedatum", "geslacht",
           "postcode", "diagnose")
TWINS_EACH = 100  # one in so many has a twin of the same sex at the same address
FAULTS_EACH = 25  # records of each kind of fault in one hospital, at most


def test_bsns():
    """The 9,091 numbers of the reserved range that pass the 11-test, ascending."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return [text for text in (f"9999{n:05d}" for n in range(100000))
            if sum(w * int(d) for w, d in zip(weights, text)) % 11 == 0]


def make(count, seed=1):
    """count persons as dictionaries with canonical values."""
    rng = random.Random(seed)
    people = [_person(rng, bsn) for bsn in rng.sample(test_bsns(), count)]
    for elder, younger in zip(people[::TWINS_EACH], people[1::TWINS_EACH]):
        younger.update({k: elder[k] for k in ("surname", "prefix", "born", "sex", "postcode")})
    rng.shuffle(people)
    return people


def _person(rng, bsn):
    sex = rng.choice("MV")
    return {
        "bsn": bsn,
        "surname": rng.choice(SURNAMES),
        "prefix": rng.choice(PREFIXES),
        "first": " ".join(rng.sample(FIRST[sex], rng.choice((1, 1, 2, 3)))),
        "born": f"{rng.randint(1925, 2024):04d}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}",
        "sex": sex,
        "postcode": f"{rng.randint(100, 999)}{rng.randint(0, 9)}{rng.choice(LETTERS[:40])}",
    }


def two_hospitals(each, seed=1):
    """(first, second, shared BSNs): `each` persons a hospital, 30 % of them in both."""
    both = each * 3 // 10
    people = make(2 * each - both, seed)
    return people[:each], people[each - both:], {p["bsn"] for p in people[each - both:each]}


def most_each():
    """How many persons a hospital can have before the test range is used up."""
    return next(n for n in range(9091, 0, -1) if 2 * n - n * 3 // 10 <= 9091)


def rows(people, style, shared, seed=2):
    """CSV rows of one hospital. The two styles write one value in two accepted forms, so that the
    registry meets one person only if the canonical forms work. Faults go to persons outside
    `shared`: a BSN that fails the 11-test, a birth date with unknown parts, no postcode."""
    rng = random.Random(seed)
    alone = [i for i, p in enumerate(people) if p["bsn"] not in shared]
    faulty = rng.sample(alone, min(3 * FAULTS_EACH, len(alone) // 10 * 3))
    fault_of = {i: ("bsn", "geboortedatum", "postcode")[k % 3] for k, i in enumerate(faulty)}
    return [_faulty(_row(rng, n, p, style), fault_of.get(n)) for n, p in enumerate(people)]


def _row(rng, n, p, style):
    row = {"patient": f"{style}{n:06d}", "bsn": p["bsn"], "achternaam": p["surname"],
           "voorvoegsel": p["prefix"], "voornamen": p["first"], "geboortedatum": p["born"],
           "geslacht": p["sex"], "postcode": p["postcode"], "diagnose": rng.choice(DIAGNOSES)}
    if style == "B":
        born = p["born"]
        row["bsn"] = f"{p['bsn'][:4]}.{p['bsn'][4:6]}.{p['bsn'][6:]}"
        row["achternaam"] = unicodedata.normalize("NFD", p["surname"])
        row["geboortedatum"] = f"{born[6:]}-{born[4:6]}-{born[:4]}"
        row["geslacht"] = {"M": "male", "V": "F"}[p["sex"]]
        row["postcode"] = p["postcode"][:4] + " " + p["postcode"][4:].lower()
    return row


def _faulty(row, fault):
    if fault == "bsn":
        # One more in the last digit never passes the 11-test.
        digits = row["bsn"].replace(".", "")
        row["bsn"] = digits[:8] + str((int(digits[8]) + 1) % 10)
    elif fault == "geboortedatum":
        row[fault] = "19930000"
    elif fault == "postcode":
        row[fault] = ""
    return row


def write_csv(path, table):
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(table)


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))
