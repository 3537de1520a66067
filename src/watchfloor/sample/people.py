"""The people of the sample: 300 to be booked on work, some of whom sign in with a role."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np

from watchfloor.sample.places import PLACES
from watchfloor.sample.roster import PROGRAMMES, Brief


@dataclass(frozen=True, slots=True)
class Person:
    key: str
    name: str
    place: str
    role: str
    rate_minor: int  # per hour, in the currency of the place


@dataclass(frozen=True, slots=True)
class SampleUser:
    """Somebody who signs in. ``scope`` names a programme or project; empty is the whole organisation."""

    username: str
    full_name: str
    place: str
    role: str
    scope_kind: str = ""  # "", programme, project
    scopes: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        return f"{self.username}@meridian.example"


_NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "NL": (
        ("Anouk", "Bram", "Daan", "Eva", "Femke", "Jasper", "Lotte", "Maarten", "Noor", "Sanne", "Thijs", "Wouter"),
        ("Bakker", "de Boer", "de Vries", "Dekker", "Hendriks", "Jansen", "Kuipers", "Mulder", "Smit", "Visser"),
    ),
    "ES": (
        ("Alba", "Andrés", "Carla", "Diego", "Elena", "Hugo", "Irene", "Jordi", "Lucía", "Marc", "Núria", "Pau"),
        ("Ruiz", "Ferrer", "García", "Iglesias", "Molina", "Navarro", "Ortega", "Prats", "Soler", "Vidal"),
    ),
    "DE": (
        ("Anja", "Birgit", "Felix", "Greta", "Hannes", "Jonas", "Katrin", "Lena", "Malte", "Nele", "Ole", "Svenja"),
        ("Albers", "Brandt", "Carstens", "Fischer", "Harms", "Krüger", "Lorenz", "Petersen", "Schulz", "Wolff"),
    ),
    "GB": (
        ("Aisha", "Callum", "Charlotte", "Dylan", "Fiona", "Harriet", "Imran", "Lola", "Owen", "Priya", "Rhys", "Tom"),
        ("Okafor", "Ashworth", "Bennett", "Clarke", "Davies", "Hughes", "Khan", "Patel", "Shaw", "Whitfield"),
    ),
    "PL": (
        ("Adam", "Agnieszka", "Bartek", "Ewa", "Jakub", "Kasia", "Magda", "Marek", "Ola", "Paweł", "Tomasz", "Zofia"),
        (
            "Novak",
            "Dąbrowska",
            "Kamiński",
            "Kowalczyk",
            "Lewandowska",
            "Mazur",
            "Pawlak",
            "Wiśniewski",
            "Zając",
            "Sikora",
        ),
    ),
    "SA": (
        ("Abdullah", "Amal", "Faisal", "Hessa", "Khalid", "Layla", "Majed", "Noura", "Saad", "Salma", "Turki", "Yara"),
        ("Al-Amin", "Al-Dosari", "Al-Ghamdi", "Al-Harbi", "Al-Otaibi", "Al-Qahtani", "Al-Shehri", "Al-Zahrani"),
    ),
    "EG": (
        ("Ahmed", "Dina", "Farida", "Hany", "Karim", "Mona", "Nadia", "Omar", "Rania", "Sherif", "Tarek", "Yasmin"),
        ("Amin", "Abdelrahman", "El-Masry", "Fahmy", "Gamal", "Hassan", "Mansour", "Nasser", "Saleh", "Youssef"),
    ),
    "SG": (
        ("Arjun", "Clara", "Darren", "Grace", "Hui Min", "Jun Wei", "Kavita", "Mei Ling", "Rajesh", "Siti", "Wei Jie"),
        ("Chan", "Goh", "Lee", "Lim", "Menon", "Ng", "Rahman", "Tan", "Teo", "Wong"),
    ),
    "CA": (
        ("Alexis", "Benoît", "Chloé", "Dana", "Ethan", "Gabrielle", "Ian", "Julien", "Maya", "Noah", "Sophie", "Tyler"),
        ("Bouchard", "Campbell", "Fraser", "Gagnon", "Leblanc", "MacLeod", "Roy", "Singh", "Tremblay", "Wilson"),
    ),
}
_RATE_MINOR: dict[str, int] = {"EUR": 6400, "GBP": 5600, "PLN": 19500, "SAR": 17500, "SGD": 7900, "CAD": 8200}


def people(rng: np.random.Generator, count: int, demand: dict[tuple[str, str], float]) -> tuple[Person, ...]:
    """``count`` people, spread over places and roles as the work (working days by place and role) asks for."""
    wanted = sorted(demand)
    weights = np.array([demand[each] for each in wanted])
    shares = np.maximum(weights / weights.sum() * count, 0.0)
    numbers = np.maximum(np.floor(shares).astype(int), 1)
    for at in np.argsort(shares - np.floor(shares))[::-1]:
        if numbers.sum() >= count:
            break
        numbers[at] += 1
    while numbers.sum() > count:
        numbers[int(np.argmax(numbers))] -= 1
    made: list[Person] = []
    for (place, role), number in zip(wanted, numbers, strict=True):
        for _ in range(int(number)):
            rate = round(_RATE_MINOR[PLACES[place].currency] * float(rng.uniform(0.8, 1.25)) / 50) * 50
            made.append(Person(f"P{len(made) + 1:03d}", _name(rng, place), place, role, rate))
    return tuple(made)


def _name(rng: np.random.Generator, place: str) -> str:
    given, family = _NAMES[place]
    return f"{given[int(rng.integers(len(given)))]} {family[int(rng.integers(len(family)))]}"


def users(rng: np.random.Generator, briefs: tuple[Brief, ...]) -> tuple[SampleUser, ...]:
    """Who signs in: administrator, portfolio manager, duty officers round the clock, programme and project managers."""
    made = [
        SampleUser("noor.visser", "Noor Visser", "NL", "administrator"),
        SampleUser("harriet.shaw", "Harriet Shaw", "GB", "portfolio_manager"),
        SampleUser("lola.okafor", "Lola Okafor", "GB", "duty_officer"),
        SampleUser("mei.ling.tan", "Mei Ling Tan", "SG", "duty_officer"),
        SampleUser("ethan.fraser", "Ethan Fraser", "CA", "duty_officer"),
    ]
    heads = {
        "HB": ("Maarten Dekker", "NL"),
        "MW": ("Alba Ruiz", "GB"),
        "WA": ("Jordi Ferrer", "ES"),
        "HS": ("Fiona Bennett", "GB"),
        "DG": ("Salma Amin", "NL"),
        "GR": ("Pavel Novak", "DE"),
    }
    codes = {brief.code[:2] for brief in briefs}
    for code, _ in PROGRAMMES:
        if code in codes:
            name, place = heads[code]
            made.append(SampleUser(_username(name), name, place, "programme_manager", "programme", (code,)))
    taken = {user.username for user in made}
    groups: dict[tuple[str, str], list[str]] = {}
    for brief in briefs:
        groups.setdefault((brief.code[:2], brief.place), []).append(brief.code)
    for (_, place), projects in sorted(groups.items()):
        name = _name(rng, place)
        for _ in range(20):
            if _username(name) not in taken:
                break
            name = _name(rng, place)
        taken.add(_username(name))
        made.append(SampleUser(_username(name), name, place, "project_manager", "project", tuple(projects)))
    ports = tuple(brief.code for brief in briefs if brief.client == "PORT")
    made.append(SampleUser("client.port", "Joint Port Authority (client)", "NL", "viewer", "project", ports))
    made.append(SampleUser("greta.lorenz", "Greta Lorenz", "DE", "planner", "programme", ("GR",)))
    return tuple(made)


def _username(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ł", "l")).encode("ascii", "ignore").decode()
    return plain.lower().replace(" ", ".").replace("'", "")
