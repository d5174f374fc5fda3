"""What things and people are called in the demo company's world."""

FIRST_NAMES = (
    "Amara Jonas Priya Mateo Hanna Daniel Sofia Tom Elin Karim Julia Pavel Ines Liam Noor Oskar Chiara Ahmed Freya Hugo "
    "Marta Niklas Zoe Bruno Leila Emil Clara Ravi Greta Samuel Yara Anton Beatriz Felix Ida Marco Nadia Otto Paula Quinn "
    "Rosa Stefan Thea Umar Vera Wim Ximena Yusuf Zita Adele Boris Carmen Dario Edda Fabio Gunnar Helga Ivo Jana Kofi"
).split()
LAST_NAMES = (
    "Okafor Lindqvist Raman Silva Weiss Cohen Marino Becker Strand Haddad Novak Kovacs O'Brien Jansen Fischer Rossi "
    "Moreau Dubois Schmidt Larsen Nielsen Virtanen Garcia Costa Romano Ferrari Keller Huber Wagner Braun Hoffmann Schulz "
    "Andersson Berg Dahl Holm Lund Nyberg Petrov Sokolov Tanaka Kim Chen Patel Singh Khan Ali Mensah Diallo Traore Smith "
    "Jones Taylor Murphy Walsh Byrne Martin Bernard Petit Müller"
).split()
COMPANY_FIRST = (
    "Northmoor Tessera Oakridge Bluewater Larkfield Castell Pinehill Harbour Alpine Meridia Solway Kestrel Lindqvist "
    "Aurora Fjord Granite Silver Copper Amber Falcon Heron Juniper Maple Cedar Birch Delta Sigma Orion Vega Nova Atlas "
    "Titan Argos Helios Boreal Baltic Iberia Lombard Rhein Elbe Danube Thames Severn Clyde Tagus Douro Loire Garonne "
    "Arno Tiber"
).split()
COMPANY_SECOND = (
    "Logistics Foods Clinics Hotels Packaging Motors Plastics Metals Pharma Beverages Textiles Retail Farms Glass Paper "
    "Ceramics Dairy Optics Dynamics Components Electronics Furniture Warehousing Parcel Bakery Cosmetics Chemicals Tools "
    "Castings Bearings"
).split()
COMPANY_FORM = ("GmbH", "AG", "Ltd", "AB", "SpA", "SA", "Inc", "BV", "Oy", "& Sons")
INDUSTRIES = ("Manufacturing", "Logistics", "Food & Beverage", "Healthcare", "Retail", "Automotive", "Chemicals")
TITLES = (
    "Plant Manager", "Head of Operations", "COO", "Automation Engineer", "Head of Procurement", "CFO",
    "Production Lead", "Warehouse Manager", "VP Supply Chain", "Managing Director",
)  # fmt: skip
COMPETITORS = ("", "Axion Automation", "RoboWerk", "Kinetiq", "In-house build", "NA", "null")
LOSS_REASONS = ("Price", "No decision", "Lost to competitor", "No budget", "Timing", "Product gap")
USE_CASES = ("Palletising", "Pick & place", "Welding", "Machine tending", "Inspection", "Intralogistics")
NEXT_STEPS = (
    ("Book discovery call", "Find the sponsor", "Send intro deck"),
    ("Confirm budget", "Meet the plant manager", "Agree success criteria"),
    ("Schedule site survey", "Measure the cell", "Get throughput data"),
    ("Send proposal", "Walk through the ROI", "Present to the board"),
    ("Redline the contract", "Agree payment terms", "Discount approval"),
    ("Chase signature", "Purchase order number", "Kick-off date"),
    ("Hand over to delivery", "Hand over to delivery", "Plan go-live"),
    ("", "", ""),
)

SEGMENTS = ("SMB", "Mid-Market", "Enterprise")
REGIONS = ("DACH", "UK & Ireland", "Nordics", "Southern Europe", "North America")
REGION_CURRENCY = ("EUR", "GBP", "EUR", "EUR", "USD")
COUNTRIES = (
    ("Germany", "Austria", "Switzerland"), ("United Kingdom", "Ireland", "United Kingdom"),
    ("Sweden", "Denmark", "Finland"), ("Italy", "Spain", "Portugal"),
    ("United States", "Canada", "United States"),
)  # fmt: skip
CURRENCIES = ("EUR", "GBP", "USD")

STAGES = (
    "Prospecting", "Qualification", "Site Survey", "Proposal", "Negotiation", "Verbal Commit", "Closed Won",
    "Closed Lost",
)  # fmt: skip
WON, LOST = 6, 7
STAGE_PROBABILITY = (10, 20, 35, 50, 70, 90, 100, 0)
FORECASTS = ("Omitted", "Pipeline", "BestCase", "Forecast", "Closed")
FORECAST_NAMES = ("Omitted", "Pipeline", "Best Case", "Commit", "Closed")
STAGE_FORECAST = (1, 1, 1, 2, 2, 3, 4, 0)

LEAD_SOURCES = ("Web", "Webinar", "Trade Show", "Paid Search", "Content Download", "Referral", "Partner", "Outbound")
LEAD_STATUSES = ("Open - Not Contacted", "Working - Contacted", "Closed - Converted", "Closed - Not Converted", "Nurturing")
CAMPAIGN_TYPES = ("Email", "Webinar", "Trade Show", "Paid Search", "Content", "Referral Program", "Partner", "Outbound")
MEMBER_STATUSES = ("Sent", "Opened", "Clicked", "Registered", "Attended", "Downloaded", "Demo Requested")

PRODUCTS = (  # name, code, family, list price in EUR
    ("Cobot C3", "MR-C3", "Cobots", 11_500), ("Cobot C7", "MR-C7", "Cobots", 19_800),
    ("Cobot C16", "MR-C16", "Cobots", 31_900), ("Mobile Robot M1", "MR-M1", "Mobile robots", 24_500),
    ("Mobile Robot M4", "MR-M4", "Mobile robots", 41_000), ("Gripper Kit", "MR-GK", "Accessories", 1_450),
    ("Vision Module", "MR-VM", "Accessories", 3_900), ("Safety Fence", "MR-SF", "Accessories", 2_200),
    ("Fleet Manager licence", "MR-FM", "Software", 5_400), ("Care Plan 1 year", "MR-CP1", "Services", 2_800),
    ("Commissioning", "MR-CO", "Services", 4_600), ("Operator training", "MR-OT", "Services", 1_900),
)  # fmt: skip

HOSTILE_NAMES = (
    'Quote "Unquote" Foods', "Comma, Semi; Colon: Ltd", "Two\nLines GmbH", "NA", "null", "N/A", "🤖 Emoji Robotics 🚀",
    "Ünïcödé Straße AG", "O'Malley & Sons", "Tab\tBed SpA", "  padded  ", "=1+1", "Back\\slash SA", "Zero\x00Byte Inc",
    "Carriage\r\nReturn BV", "-", "0", "'; drop table accounts; --", "<b>bold</b>", "مصنع الروبوتات",
)  # fmt: skip
