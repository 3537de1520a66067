"""The trades of the sample: what is designed, bought, built and tested, in the words of each sector.

Durations are working days for one location; they are scaled to the project afterwards. Weights share out the budget.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of work repeated at every location of a front."""

    name: str
    days: int
    role: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Front:
    """A part of the works where a crew moves from location to location."""

    area: str
    location: str  # "Panel" becomes Panel 1, Panel 2 …
    steps: tuple[Step, ...]
    item: str  # what has to be bought before the first location can start


@dataclass(frozen=True, slots=True)
class Sector:
    """What all projects of one programme have in common."""

    permits: tuple[str, ...]
    packages: tuple[str, ...]
    items: tuple[str, ...]
    commissioning: tuple[str, ...]
    roles: tuple[str, ...]


def _steps(*rows: tuple[str, int, str, float]) -> tuple[Step, ...]:
    return tuple(Step(*row) for row in rows)


FRONTS: dict[str, Front] = {
    "piling": Front(
        "Quay wall piling",
        "Panel",
        _steps(
            ("Set out and install piling gate", 2, "Surveyor", 0.4),
            ("Drive tubular king piles", 4, "Marine piling crew", 3.0),
            ("Drive intermediate sheet piles", 3, "Marine piling crew", 2.0),
            ("Cut off and prepare pile heads", 2, "Welder", 0.6),
            ("Fix capping beam reinforcement", 3, "Steel fixer", 1.0),
            ("Pour capping beam", 2, "Concrete crew", 1.4),
            ("Install tie-rods and anchors", 3, "Marine piling crew", 1.3),
            ("Backfill and compact behind wall", 3, "Plant operator", 0.8),
        ),
        "Tubular and sheet piles",
    ),
    "dredging": Front(
        "Dredging",
        "Cell",
        _steps(
            ("Survey sea bed", 2, "Surveyor", 0.4),
            ("Dredge to design level", 5, "Dredging crew", 3.0),
            ("Trim slope", 3, "Dredging crew", 1.2),
            ("Place scour protection", 3, "Marine crew", 1.6),
            ("Verify level by multibeam", 2, "Surveyor", 0.4),
        ),
        "Scour protection rock",
    ),
    "breakwater": Front(
        "Breakwater",
        "Chainage",
        _steps(
            ("Place core rock", 4, "Marine crew", 2.0),
            ("Place filter layer", 3, "Marine crew", 1.4),
            ("Place armour units", 5, "Marine crew", 3.0),
            ("Cast crest wall", 4, "Concrete crew", 1.4),
        ),
        "Armour units",
    ),
    "pavement": Front(
        "Heavy-duty pavement",
        "Bay",
        _steps(
            ("Trim and proof-roll formation", 2, "Plant operator", 0.7),
            ("Lay drainage channel", 3, "Groundworks crew", 1.0),
            ("Lay cement-bound base", 3, "Groundworks crew", 1.4),
            ("Pour slab", 3, "Concrete crew", 2.0),
            ("Cut and seal joints", 2, "Concrete crew", 0.5),
        ),
        "Drainage channel units",
    ),
    "crane_rail": Front(
        "Crane rail",
        "Section",
        _steps(
            ("Break out old rail bed", 3, "Groundworks crew", 1.0),
            ("Drill and grout anchors", 3, "Rail crew", 1.0),
            ("Set sole plates", 2, "Rail crew", 1.0),
            ("Install crane rail", 3, "Rail crew", 2.4),
            ("Weld and grind joints", 2, "Welder", 0.8),
            ("Align and check gauge", 2, "Surveyor", 0.4),
        ),
        "Crane rail and clips",
    ),
    "frame": Front(
        "Structural frame",
        "Level",
        _steps(
            ("Erect slab formwork", 5, "Carpenter", 1.3),
            ("Fix slab reinforcement", 4, "Steel fixer", 1.4),
            ("Pour slab", 2, "Concrete crew", 1.8),
            ("Cure and strike formwork", 4, "Carpenter", 0.6),
            ("Form and pour columns", 4, "Concrete crew", 1.3),
            ("Install stair and lift core", 5, "Concrete crew", 1.5),
        ),
        "Reinforcement steel",
    ),
    "envelope": Front(
        "Envelope",
        "Elevation",
        _steps(
            ("Erect scaffold", 4, "Scaffolder", 0.8),
            ("Install secondary steel", 4, "Steel erector", 1.2),
            ("Fix insulated panels", 5, "Facade crew", 2.0),
            ("Install windows", 4, "Facade crew", 1.8),
            ("Seal and water-test", 2, "Facade crew", 0.5),
        ),
        "Facade panels and windows",
    ),
    "services": Front(
        "Building services",
        "Zone",
        _steps(
            ("Install cable containment", 4, "Electrician", 1.0),
            ("Install pipework", 5, "Pipe fitter", 1.5),
            ("Install ductwork", 5, "Mechanical fitter", 1.6),
            ("Pull and terminate cables", 4, "Electrician", 1.4),
            ("Insulate and label", 3, "Mechanical fitter", 0.5),
            ("Pressure-test and inspect", 2, "Mechanical fitter", 0.5),
        ),
        "Air handling units",
    ),
    "fit_out": Front(
        "Fit-out",
        "Room group",
        _steps(
            ("Build partitions", 4, "Dryliner", 1.2),
            ("Close ceilings", 3, "Dryliner", 0.9),
            ("Lay flooring", 3, "Finisher", 1.0),
            ("Install joinery and doors", 4, "Carpenter", 1.3),
            ("Paint and decorate", 3, "Finisher", 0.7),
            ("Snag and clear", 2, "Site engineer", 0.4),
        ),
        "Doors and joinery",
    ),
    "medical": Front(
        "Medical equipment",
        "Suite",
        _steps(
            ("Check room against equipment brief", 2, "Clinical planner", 0.4),
            ("Install medical gas outlets", 4, "Pipe fitter", 1.4),
            ("Install pendants and lights", 4, "Electrician", 1.8),
            ("Place and connect equipment", 4, "Equipment engineer", 2.6),
            ("Verify gas purity and flow", 2, "Clinical engineer", 0.5),
            ("Accept with clinical users", 2, "Clinical planner", 0.4),
        ),
        "Pendants and medical equipment",
    ),
    "track": Front(
        "Track renewal",
        "Chain",
        _steps(
            ("Take possession and isolate", 1, "Possession manager", 0.3),
            ("Remove old track panels", 3, "Rail crew", 1.2),
            ("Lay ballast and sleepers", 3, "Rail crew", 1.6),
            ("Install rail", 3, "Rail crew", 2.0),
            ("Tamp and line", 2, "Rail crew", 0.8),
            ("Weld, stress and hand back", 2, "Welder", 0.8),
        ),
        "Rail and sleepers",
    ),
    "tunnel": Front(
        "Tunnel drive",
        "Advance",
        _steps(
            ("Probe ahead and survey", 1, "Surveyor", 0.3),
            ("Excavate", 4, "Tunnelling crew", 3.0),
            ("Erect lining rings", 3, "Tunnelling crew", 2.6),
            ("Grout annulus", 2, "Tunnelling crew", 0.8),
            ("Extend services and track", 2, "Tunnelling crew", 0.7),
            ("Cast invert", 3, "Concrete crew", 1.0),
        ),
        "Lining segments",
    ),
    "platform_doors": Front(
        "Platform screen doors",
        "Platform",
        _steps(
            ("Survey platform edge", 2, "Surveyor", 0.4),
            ("Strengthen platform edge", 5, "Concrete crew", 1.4),
            ("Install door units", 5, "Mechanical fitter", 2.8),
            ("Install controls and cabling", 4, "Electrician", 1.4),
            ("Test doors without trains", 2, "Test engineer", 0.5),
            ("Test doors with trains", 2, "Test engineer", 0.6),
        ),
        "Screen door units",
    ),
    "signalling": Front(
        "Signalling",
        "Interlocking area",
        _steps(
            ("Survey and correlate records", 3, "Signal engineer", 0.6),
            ("Install trackside equipment", 5, "Signal installer", 2.0),
            ("Lay and joint cables", 4, "Electrician", 1.4),
            ("Load and check data", 3, "Signal engineer", 0.9),
            ("Principles test", 4, "Test engineer", 1.0),
            ("Commission on possession", 2, "Test engineer", 0.8),
        ),
        "Interlocking cubicles",
    ),
    "pipeline": Front(
        "Pipeline",
        "Reach",
        _steps(
            ("Strip and fence easement", 2, "Groundworks crew", 0.5),
            ("Excavate trench", 3, "Groundworks crew", 1.2),
            ("String and weld pipe", 4, "Welder", 2.2),
            ("Lay and bed pipe", 3, "Pipe fitter", 1.4),
            ("Backfill", 2, "Plant operator", 0.6),
            ("Pressure-test reach", 2, "Test engineer", 0.5),
            ("Reinstate surface", 2, "Groundworks crew", 0.5),
        ),
        "Ductile iron pipe",
    ),
    "tanks": Front(
        "Water-retaining structures",
        "Cell",
        _steps(
            ("Excavate and blind", 4, "Groundworks crew", 1.0),
            ("Fix base reinforcement", 4, "Steel fixer", 1.3),
            ("Pour base", 2, "Concrete crew", 1.5),
            ("Form and pour walls", 6, "Concrete crew", 2.4),
            ("Line and seal", 4, "Finisher", 1.0),
            ("Water-test", 3, "Test engineer", 0.4),
        ),
        "Lining membrane",
    ),
    "pumps": Front(
        "Process equipment",
        "Unit",
        _steps(
            ("Cast plinth", 3, "Concrete crew", 0.8),
            ("Set and level equipment", 3, "Mechanical fitter", 2.4),
            ("Connect pipework and valves", 5, "Pipe fitter", 1.6),
            ("Connect power and control", 4, "Electrician", 1.4),
            ("Align and dry-test", 3, "Test engineer", 0.6),
        ),
        "Pumps and drives",
    ),
    "metering": Front(
        "Meter roll-out",
        "District",
        _steps(
            ("Notify customers", 5, "Customer liaison", 0.4),
            ("Install meters", 6, "Meter fitter", 3.0),
            ("Commission radio link", 3, "Telecom engineer", 0.8),
            ("Reconcile readings", 3, "Data analyst", 0.5),
        ),
        "Meters and radio modules",
    ),
    "switchgear": Front(
        "Switchyard",
        "Bay",
        _steps(
            ("Cast foundations", 4, "Concrete crew", 1.2),
            ("Erect steel structures", 4, "Steel erector", 1.4),
            ("Install circuit breaker", 3, "High-voltage fitter", 2.4),
            ("Install disconnectors and busbar", 4, "High-voltage fitter", 1.8),
            ("Wire secondary circuits", 4, "Electrician", 1.2),
            ("Test bay", 3, "Test engineer", 0.8),
        ),
        "Circuit breakers",
    ),
    "cable": Front(
        "High-voltage cable",
        "Joint bay",
        _steps(
            ("Dig joint bay and duct", 4, "Groundworks crew", 1.2),
            ("Pull cable", 3, "Cable crew", 2.4),
            ("Joint cable", 4, "Cable jointer", 1.8),
            ("Sheath-test section", 2, "Test engineer", 0.5),
            ("Backfill and reinstate", 3, "Groundworks crew", 0.7),
        ),
        "High-voltage cable",
    ),
    "overhead_line": Front(
        "Overhead line",
        "Tower",
        _steps(
            ("Build access", 2, "Groundworks crew", 0.6),
            ("Repair foundation", 4, "Concrete crew", 1.0),
            ("Replace steelwork", 4, "Line crew", 1.3),
            ("Change insulators", 3, "Line crew", 1.4),
            ("String and sag conductor", 4, "Line crew", 2.0),
        ),
        "Insulators and conductor",
    ),
    "protection": Front(
        "Protection and control",
        "Panel",
        _steps(
            ("Check settings and drawings", 3, "Protection engineer", 0.8),
            ("Install panel", 3, "Electrician", 1.6),
            ("Wire and ferrule", 4, "Electrician", 1.2),
            ("Secondary injection test", 3, "Test engineer", 0.8),
            ("Prove trips and alarms", 2, "Protection engineer", 0.6),
        ),
        "Protection relays",
    ),
    "battery": Front(
        "Battery containers",
        "Container",
        _steps(
            ("Cast slab", 3, "Concrete crew", 0.9),
            ("Place container", 2, "Heavy-lift crew", 2.6),
            ("Connect inverter and cables", 4, "Electrician", 1.4),
            ("Commission battery management", 3, "Test engineer", 0.9),
        ),
        "Battery containers",
    ),
    "software": Front(
        "Software delivery",
        "Release",
        _steps(
            ("Refine stories", 4, "Business analyst", 0.7),
            ("Design interfaces", 4, "Solution architect", 0.9),
            ("Build features", 9, "Software engineer", 2.6),
            ("Integrate services", 4, "Software engineer", 1.2),
            ("Test release", 4, "Test engineer", 1.0),
            ("Accept with users", 2, "Business analyst", 0.5),
        ),
        "Platform licences",
    ),
    "data": Front(
        "Data migration",
        "Dataset",
        _steps(
            ("Profile source data", 3, "Data analyst", 0.7),
            ("Map and cleanse", 5, "Data analyst", 1.2),
            ("Build load routine", 5, "Software engineer", 1.4),
            ("Rehearse migration", 3, "Software engineer", 0.9),
            ("Reconcile and sign off", 2, "Data analyst", 0.5),
        ),
        "Migration tooling",
    ),
    "network": Front(
        "Network sites",
        "Site",
        _steps(
            ("Survey comms room", 2, "Network engineer", 0.5),
            ("Install cabinets and cabling", 4, "Electrician", 1.4),
            ("Install switches", 3, "Network engineer", 1.8),
            ("Configure and harden", 3, "Network engineer", 0.9),
            ("Cut over site", 2, "Network engineer", 0.6),
        ),
        "Network switches",
    ),
}

SECTORS: dict[str, Sector] = {
    "HB": Sector(
        ("Marine construction licence", "Navigation notice", "Noise and piling consent", "Environmental permit"),
        ("Quay structure", "Marine civil works", "Utilities", "Fendering and furniture", "Lighting and power"),
        ("Fenders and bollards", "High-mast lighting", "Crane power rail", "Fire main pumps", "Bollard castings"),
        ("Load test", "Energise quay power", "Navigation acceptance survey", "Operator training", "Trial berthing"),
        ("Project engineer", "Marine engineer", "Planner"),
    ),
    "MW": Sector(
        ("Possession agreement", "Safety case approval", "Street works permit", "Party wall consents"),
        ("Civil structures", "Permanent way", "Traction power", "Stations architecture", "Systems integration"),
        ("Escalators", "Traction rectifiers", "Ventilation fans", "Point machines", "Radio equipment"),
        ("Static system tests", "Test running", "Emergency exercise", "Driver familiarisation", "Safety case closure"),
        ("Project engineer", "Systems engineer", "Planner"),
    ),
    "WA": Sector(
        ("Abstraction licence", "Discharge consent", "Land access agreement", "Planning consent"),
        ("Process", "Hydraulics", "Civil structures", "Electrical and control", "Landscape"),
        ("Control panels", "Penstocks and valves", "Standby generator", "Screens", "Chemical dosing skid"),
        ("Wet test", "Performance test", "Reliability run", "Operator training", "Water quality sampling"),
        ("Project engineer", "Process engineer", "Planner"),
    ),
    "HS": Sector(
        ("Planning consent", "Fire strategy approval", "Infection control approval", "Crane oversail licence"),
        ("Architecture", "Structure", "Mechanical services", "Electrical services", "Medical planning"),
        ("Lifts", "Chillers", "Switchboards", "Nurse call system", "Operating tables"),
        ("Clinical commissioning", "Deep clean and air sampling", "Staff familiarisation", "Fire alarm cause test"),
        ("Project engineer", "Clinical planner", "Planner"),
    ),
    "DG": Sector(
        ("Data protection assessment", "Security accreditation", "Architecture board approval"),
        ("Target architecture", "Security", "Integration", "User experience", "Operations"),
        ("Cloud tenancy", "Security tooling", "Handheld devices", "Support contract"),
        ("Performance test", "Penetration test", "User training", "Pilot group", "Go/no-go review", "Hypercare"),
        ("Product owner", "Solution architect", "Delivery lead"),
    ),
    "GR": Sector(
        ("Wayleave agreement", "Outage agreement", "Planning consent", "Environmental permit"),
        ("Primary design", "Protection and control", "Civil works", "Earthing", "Cable systems"),
        (
            "Power transformer",
            "Instrument transformers",
            "Station battery",
            "Control cubicles",
            "Neutral earthing unit",
        ),
        ("Primary injection", "Telecontrol end-to-end test", "Pre-energisation inspection", "Soak test", "Load test"),
        ("Project engineer", "Protection engineer", "Planner"),
    ),
}

SUPPLIERS = (
    "Castell Forgings",
    "Nordhaven Heavy Lift",
    "Brightwater Pumps",
    "Arden Switchgear",
    "Lumen Rail Systems",
    "Tarn Steel",
    "Ostrava Castings",
    "Delmar Marine",
    "Pallas Software",
    "Kestrel Networks",
    "Meridiem Facades",
    "Solera Medical",
    "Vantaa Cables",
    "Riyadh Ready-Mix",
    "Straits Equipment",
    "Cascade Controls",
)
