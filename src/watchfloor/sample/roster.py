"""The 48 projects of the sample organisation, in six programmes."""

from __future__ import annotations

from dataclasses import dataclass

ORGANISATION = "Meridian Infrastructure"

PROGRAMMES: tuple[tuple[str, str], ...] = (
    ("HB", "Harbour"),
    ("MW", "Metro West"),
    ("WA", "Water"),
    ("HS", "Hospitals"),
    ("DG", "Digital"),
    ("GR", "Grid"),
)


@dataclass(frozen=True, slots=True)
class Brief:
    """What a project is; money in thousands of euros, to be turned into its own currency."""

    code: str
    name: str
    place: str
    client: str
    fronts: tuple[str, ...]
    activities: int
    weeks: int  # planned duration, roughly
    done: float  # share of the planned time gone at the as-of day
    budget_keur: int
    cycle: str = "weekly"
    promise: str = ""  # name of the milestone promised on the way, beside the completion


ROSTER: tuple[Brief, ...] = (
    Brief("HB-01", "North Breakwater Extension", "NL", "PORT", ("breakwater", "dredging"), 380, 82, 0.58, 12400),
    Brief("HB-02", "Approach Channel Deepening", "ES", "PORT", ("dredging", "breakwater"), 310, 70, 0.45, 9600),
    Brief("HB-03", "Container Crane Rails", "DE", "PORT", ("crane_rail", "pavement"), 420, 74, 0.55, 7800,
          promise="Crane rails ready"),
    Brief("HB-05", "Ro-Ro Ramp Renewal", "GB", "PORT", ("piling", "pavement"), 350, 68, 0.50, 6200),
    Brief("HB-08", "Shore Power for Berths 1 to 3", "NL", "PORT", ("cable", "switchgear"), 330, 62, 0.62, 5400,
          "monthly"),
    Brief("HB-09", "Cold Store Expansion", "PL", "PORT", ("frame", "envelope", "services"), 460, 76, 0.60, 8100),
    Brief("HB-12", "Quay and Berth 4", "NL", "PORT", ("piling", "dredging", "pavement"), 780, 112, 0.56, 44100,
          promise="Quay wall complete"),
    Brief("HB-14", "Harbour Gate Complex", "EG", "DONOR", ("frame", "services", "pavement"), 370, 66, 0.52, 6900,
          "monthly"),
    Brief("MW-01", "Track Renewal Lot A", "GB", "METRO", ("track", "signalling"), 520, 80, 0.63, 11200,
          promise="Track possession"),
    Brief("MW-02", "Elm Street Station", "GB", "METRO", ("frame", "services", "fit_out"), 600, 84, 0.55, 16800),
    Brief("MW-04", "West Tunnel Drive", "GB", "METRO", ("tunnel", "services"), 720, 108, 0.54, 38800,
          promise="Tunnel breakthrough"),
    Brief("MW-06", "Signalling and Train Control", "DE", "METRO", ("signalling", "cable"), 480, 90, 0.57, 14200,
          promise="Signal test"),
    Brief("MW-07", "Depot and Stabling", "PL", "METRO", ("track", "frame", "services"), 440, 78, 0.50, 10400),
    Brief("MW-08", "Traction Power Supply", "GB", "METRO", ("switchgear", "cable"), 360, 72, 0.48, 8600, "monthly"),
    Brief("MW-09", "Platform Screen Doors", "SG", "METRO", ("platform_doors",), 390, 76, 0.60, 9100),
    Brief("MW-11", "Park-and-Ride West", "GB", "METRO", ("pavement", "services"), 260, 52, 0.66, 3800, "monthly"),
    Brief("WA-01", "Reservoir Lining", "ES", "AQUA", ("tanks", "pipeline"), 380, 70, 0.55, 6100),
    Brief("WA-02", "Trunk Main East", "ES", "AQUA", ("pipeline",), 540, 78, 0.58, 9900),
    Brief("WA-03", "Sludge Treatment Line", "NL", "AQUA", ("tanks", "pumps", "services"), 430, 80, 0.52, 10800),
    Brief("WA-05", "Intake Tower", "SA", "AQUA", ("tanks", "pumps"), 340, 70, 0.50, 7400),
    Brief("WA-07", "Pumping Station South", "NL", "AQUA", ("pumps", "tanks", "pipeline"), 450, 76, 0.60, 11600,
          promise="Pump test"),
    Brief("WA-08", "Smart Metering", "GB", "AQUA", ("metering",), 420, 88, 0.55, 7200, "monthly"),
    Brief("WA-09", "Storm Overflow Tanks", "DE", "AQUA", ("tanks", "pipeline"), 360, 68, 0.50, 5900),
    Brief("WA-10", "Desalination Skid", "SA", "AQUA", ("pumps", "pipeline"), 290, 58, 0.57, 6600, "monthly"),
    Brief("HS-01", "Ward Block C", "GB", "CARE", ("frame", "envelope", "fit_out"), 560, 86, 0.56, 14900,
          promise="Ward handover"),
    Brief("HS-02", "Emergency Department", "GB", "CARE", ("frame", "services", "medical"), 520, 82, 0.47, 13600,
          promise="First suite ready"),
    Brief("HS-04", "Imaging Centre", "CA", "CARE", ("services", "medical"), 340, 62, 0.60, 6400),
    Brief("HS-05", "Energy Centre", "DE", "CARE", ("switchgear", "services", "pumps"), 390, 70, 0.50, 7600),
    Brief("HS-06", "Operating Theatres", "NL", "CARE", ("services", "medical", "fit_out"), 470, 72, 0.58, 9300),
    Brief("HS-08", "Laboratory Fit-out", "CA", "CARE", ("services", "fit_out"), 280, 56, 0.60, 4100),
    Brief("HS-09", "Maternity Wing", "PL", "CARE", ("frame", "envelope", "services"), 480, 78, 0.52, 9800),
    Brief("HS-12", "Medical Gas Renewal", "GB", "CARE", ("medical",), 240, 54, 0.55, 2900),
    Brief("DG-01", "Identity Platform", "NL", "MI", ("software", "network"), 300, 60, 0.60, 2600),
    Brief("DG-02", "Customer Portal", "NL", "MI", ("software", "data"), 440, 72, 0.60, 5200, promise="Go/no-go"),
    Brief("DG-03", "Data Warehouse Move", "PL", "MI", ("data", "software"), 360, 64, 0.55, 3400),
    Brief("DG-05", "Supplier Portal", "ES", "MI", ("software",), 260, 58, 0.50, 2100),
    Brief("DG-06", "Field Mobility", "SG", "MI", ("software", "network"), 310, 60, 0.55, 2800),
    Brief("DG-08", "Asset Register", "DE", "MI", ("data", "software"), 330, 62, 0.58, 2500),
    Brief("DG-09", "Document Store", "CA", "MI", ("software", "data"), 290, 58, 0.50, 2200, "monthly"),
    Brief("DG-10", "Network Refresh", "SG", "MI", ("network",), 380, 66, 0.60, 4600, "monthly"),
    Brief("GR-01", "Substation Alder", "DE", "GRIDCO", ("switchgear", "protection"), 420, 74, 0.55, 12200),
    Brief("GR-02", "Bay 4 Energisation", "CA", "GRIDCO", ("switchgear", "protection", "cable"), 340, 60, 0.62, 6800,
          promise="Energise bay 4"),
    Brief("GR-03", "Cable Route North", "PL", "GRIDCO", ("cable",), 480, 78, 0.52, 13400),
    Brief("GR-05", "Transformer Replacement", "DE", "GRIDCO", ("switchgear", "protection"), 370, 72, 0.56, 11900,
          promise="Transformers in service"),
    Brief("GR-06", "Protection Upgrade", "NL", "GRIDCO", ("protection",), 400, 70, 0.58, 5100),
    Brief("GR-07", "Overhead Line Refurbishment", "SA", "GRIDCO", ("overhead_line",), 460, 76, 0.54, 10900),
    Brief("GR-09", "Battery Storage Site", "SG", "GRIDCO", ("battery", "cable"), 350, 62, 0.60, 9400, "monthly"),
    Brief("GR-11", "Control Room Renewal", "GB", "GRIDCO", ("fit_out", "network"), 300, 58, 0.55, 3900),
)  # fmt: skip

# The small organisation keeps one project of each programme, with a mix of troubles and decoys.
SMALL: tuple[str, ...] = ("HB-12", "MW-02", "WA-07", "HS-08", "DG-05", "GR-06")
SMALL_ACTIVITIES = 100
FULL_ACTIVITIES = 20_000
PEOPLE = {"full": 300, "small": 40}
