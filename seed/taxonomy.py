"""The categories of the demo data: sections in the manner of ISIC Rev. 4, and detailed branches below them."""

from app.domain.capability import Category

# Section, its name, and its branches: code, name, and the words that people use for such work.
SECTIONS: tuple[tuple[str, str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "agriculture",
        "Agriculture and food supply",
        (
            ("produce", "Fresh produce", "fruit vegetables crates weekly harvest"),
            ("dairy", "Dairy", "milk cheese chilled tankers"),
            ("timber", "Timber", "sawn timber boards certified forest"),
        ),
    ),
    (
        "manufacturing",
        "Manufacturing",
        (
            ("machining", "Precision machining", "milling turning steel parts tolerance"),
            ("packaging", "Packaging", "cartons labels film printing"),
            ("castings", "Castings", "aluminium castings foundry moulds"),
            ("electronics", "Electronics assembly", "circuit boards assembly testing small series"),
        ),
    ),
    (
        "construction",
        "Construction",
        (
            ("roofing", "Roofing", "roof slate gutter repair"),
            ("plumbing", "Plumbing", "pipes boilers bathrooms heating"),
            ("groundworks", "Groundworks", "excavation drainage foundations"),
        ),
    ),
    (
        "logistics",
        "Transport and storage",
        (
            ("chilled", "Chilled transport", "chilled refrigerated night delivery pallets"),
            ("warehousing", "Warehousing", "storage racks picking returns"),
            ("freight", "Freight forwarding", "containers customs sea air"),
        ),
    ),
    (
        "hospitality",
        "Accommodation and catering",
        (
            ("catering", "Event catering", "lunch buffet staff events"),
            ("venues", "Venues", "conference rooms hotel groups"),
        ),
    ),
    (
        "information",
        "Information and software",
        (
            ("integration", "Systems integration", "interfaces data migration accounting systems"),
            ("security", "Information security", "penetration test audit incident response"),
            ("websites", "Web development", "website shop design hosting"),
        ),
    ),
    (
        "finance",
        "Finance and insurance",
        (
            ("factoring", "Factoring", "invoices receivables advance cash"),
            ("insurance", "Insurance broking", "liability cover fleet broker"),
        ),
    ),
    (
        "professional",
        "Professional services",
        (
            ("accounting", "Accounting", "bookkeeping annual accounts payroll tax"),
            ("engineering", "Engineering surveys", "structural inspection survey bridge building"),
            ("recruiting", "Recruiting", "hiring engineers interim managers"),
            ("translation", "Translation", "manuals contracts languages interpreters"),
        ),
    ),
    (
        "education",
        "Education and training",
        (
            ("safety", "Safety training", "forklift first aid certificates"),
            ("languages", "Language courses", "business english evening groups"),
        ),
    ),
    (
        "health",
        "Health and care",
        (
            ("occupational", "Occupational health", "check-ups ergonomics company doctor"),
            ("laboratory", "Laboratory services", "samples testing analysis food"),
        ),
    ),
)
STORY_BRANCHES: tuple[tuple[str, str, str], ...] = (
    ("construction.home_addition", "Home additions", "construction"),
    ("construction.commercial_roofing", "Commercial roofing", "construction"),
    ("construction.lighting", "Lighting", "construction"),
    ("construction.lighting.fixtures", "Lighting fixtures", "construction.lighting"),
    ("construction.lighting.commercial_electrics", "Commercial electrics", "construction.lighting"),
    ("finance.home_equity", "Home-equity loans", "finance"),
    ("finance.private_equity", "Private equity", "finance"),
    ("professional.legal", "Legal services", "professional"),
    ("professional.legal.aviation", "Aviation law", "professional.legal"),
    ("professional.legal.arbitration", "International arbitration", "professional.legal"),
    ("manufacturing.watches", "Watches", "manufacturing"),
)


def categories() -> tuple[Category, ...]:
    """The whole tree, broader categories before narrower ones."""
    rows = [Category(code, name) for code, name, _ in SECTIONS]
    rows += [Category(f"{s}.{code}", name, s) for s, _, branches in SECTIONS for code, name, _ in branches]
    rows += [Category(code, name, parent) for code, name, parent in STORY_BRANCHES]
    return tuple(rows)


def leaves() -> tuple[tuple[str, str, str], ...]:
    """(code, name, words) of the branches that synthetic customers work in; those of the stories are left to them."""
    return tuple((f"{s}.{code}", name, words) for s, _, branches in SECTIONS for code, name, words in branches)
