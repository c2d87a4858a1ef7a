"""What customers write, and which phone they mean."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import NOW
from tradein.catalogue import full_name
from tradein.catalogue_files import read_catalogue, read_prices
from tradein.catalogue_import import import_catalogue, import_prices
from tradein.database import Sessions
from tradein.phones import listing
from tradein.phones.index import ListedBrand, ListedModel, ListedVariant, Outside, PhoneIndex, build
from tradein.phones.resolver import Resolution, read, resolve
from tradein.spelling import key, without_maker

MAKERS = {
    "xiaomi": ("Xiaomi", "Mi", "Redmi", "MI India"),
    "samsung": ("Samsung", "Galaxy"),
    "sony": ("Sony", "Xperia"),
    "htc": ("HTC",),
    "motorola": ("Motorola", "Moto"),
    "micromax": ("Micromax",),
    "gionee": ("Gionee",),
    "oppo": ("Oppo",),
    "asus": ("Asus", "Zenfone"),
    "lenovo": ("Lenovo",),
    "oneplus": ("OnePlus", "One Plus", "1+", "1 plus"),
    "huawei": ("Huawei", "Honor"),
    "vivo": ("Vivo",),
    "letv": ("LeTV", "LeEco"),
    "google": ("Google",),
}

PHONES = """
xiaomi: Redmi Note 3 2/16 3/32; Redmi Note 4 2/32 3/32 4/64; Redmi Note 5 3/32 4/64; Redmi Note 5 Pro 4/64 6/64
xiaomi: Redmi 3S 2/16; Redmi 3S Prime 3/32; Redmi 4 2/16 3/32 4/64; Redmi 4A 2/16 3/32; Redmi 5 2/16 3/32 4/64
xiaomi: Redmi 5A 2/16 3/32; Redmi Y1 3/32 4/64; Redmi Y1 Lite 2/16; Mi A1 4/64; Mi 4 3/16 3/64; Mi 4i 2/16
xiaomi: Mi 5 3/32
xiaomi: Mi Max 3/32; Mi Max 2 4/64 4/32; Mi Max Prime 4/128; Mi Mix 2 6/128; Redmi 1S 1/8; Redmi 2 1/8
xiaomi: Redmi 2 Prime 2/16
samsung: Galaxy S6 3/32; Galaxy S6 Edge 3/32 3/64; Galaxy S7 4/32; Galaxy S7 Edge 4/32; Galaxy S8 4/64
samsung: Galaxy S8+ 4/64 6/128
samsung: Galaxy Note 4 3/32; Galaxy Note 5 4/32 4/64; Galaxy Note 8 6/64; Galaxy J7 1/16; Galaxy J7 (2016) 2/16
samsung: Galaxy J7 Prime 3/16 3/32; Galaxy J7 Max 4/32; Galaxy J7 Pro 3/64; Galaxy J7 Nxt 2/16 3/32; Galaxy J2 1/8
samsung: Galaxy J2 Pro 2/16; Galaxy J5 1/8; Galaxy J5 Prime 2/16 3/32; Galaxy On5 1/8; Galaxy On7 1/8
samsung: Galaxy On7 Pro 2/16
samsung: Galaxy On Nxt 3/32 3/64; Galaxy C7 Pro 4/64; Galaxy C9 Pro 6/64; Galaxy A5 (2017) 3/32
samsung: Galaxy A7 (2017) 3/32
sony: Xperia Z3 3/16; Xperia Z5 3/32; Xperia Z5 Premium 3/32; Xperia XA1 3/32; Xperia XZ 3/64; Xperia XZs 4/64
sony: Xperia C3 1/8
htc: One M8 2/16; One M9 3/32; One M9+ 3/32; 10 4/32; U11 6/128; Desire 820 2/16; Desire 820S 2/16
htc: Desire 10 Pro 4/64; U Play 4/64
motorola: Moto G4 2/16; Moto G4 Plus 2/16 3/32; Moto G4 Play 2/16; Moto G5 3/16; Moto G5 Plus 3/16 4/32
motorola: Moto G5S 4/32
motorola: Moto G5S Plus 4/64; Moto E4 2/16; Moto E4 Plus 3/32; Moto X4 3/32 4/64; Moto Z2 Play 4/64
motorola: Moto M 3/32 4/64; Moto X Play 2/16 2/32
motorola: Moto G (3rd Gen)|Moto G3 1/8 2/16; Moto C 1/16; Moto C Plus 2/16; Moto X (2nd Gen)|Moto X2 2/16
micromax: Canvas Infinity 3/32; Canvas 6 3/32; Canvas 6 Pro 4/16; Canvas Nitro 2/8; Evok Power 2/16; Dual 5 4/128
micromax: Canvas Spark 1/4
gionee: A1 4/64; A1 Plus 4/64; A1 Lite 3/32; S6 3/32; S6s 3/32; M5 3/32; M5 Plus 3/64; Elife E7 2/16; P7 Max 3/32
gionee: S10 Lite 4/32
oppo: F1 3/16; F1s 3/32 4/64; F1 Plus 4/64; F3 4/64; F3 Plus 4/64; F5 4/32 6/64; F5 Youth 3/32; A37 2/16; A57 3/32
oppo: A71 3/16; R9s 4/64
asus: Zenfone 2 2/16 4/32; Zenfone 2 Laser 2/16; Zenfone 3 3/32 4/64; Zenfone 3 Max 3/32; Zenfone 3s Max 3/32
asus: Zenfone 4 Selfie 4/64
asus: Zenfone Max Pro M1 3/32 4/64; Zenfone Max 2/16 2/32; Zenfone Selfie 3/32
lenovo: K6 Power 3/32 4/32; K6 Note 4/32; K8 Note 3/32 4/64; K8 Plus 3/32; K8 4/64; P2 3/32 4/32; A6000 1/8
lenovo: A6000 Plus 2/16; A7000 2/8
lenovo: Vibe K5 2/16; Vibe K5 Plus 2/16 3/16; Vibe K5 Note 3/32 4/64; Vibe P1 2/16; K3 Note 2/16; K4 Note 3/16
lenovo: Z2 Plus 3/32 4/64; Phab 2 3/32
oneplus: OnePlus 2 3/16 4/64; OnePlus 3 6/64; OnePlus 3T 6/64 6/128; OnePlus 5 6/64 8/128; OnePlus 5T 6/64 8/128
oneplus: OnePlus X 3/16; OnePlus One 3/16 3/64
huawei: Nexus 6P 3/32 3/64; P9 3/32; P10 Plus 6/128; Honor 6X 3/32 4/64; Honor 7X 4/32 4/64; Honor 8 4/32
huawei: Honor 8 Pro 6/128; Honor 8 Lite 4/64
huawei: Honor 9 Lite 3/32 4/64; Honor 9i 4/64; Honor 5C 2/16; Honor Holly 2 Plus 2/16; Mate 10 4/64
vivo: V5 4/32; V5s 4/64; V5 Plus 4/64; V7 4/32; V7+ 4/64; Y51L 2/16; Y53 2/16; Y55L 2/16; Y55s 3/16; Y66 3/32
vivo: Y69 3/32; V3 3/32; V3 Max 4/32; V1 2/16
letv: Le 1s 3/32; Le 2 3/32; Le Max 4/64; Le Max 2 4/32 6/64; Le 1s Eco 3/32
google: Nexus 5 2/16 2/32; Nexus 5X 2/16 2/32; Nexus 6 3/32 3/64; Pixel 4/32 4/128; Pixel XL 4/32 4/128
google: Pixel 2 4/64 4/128; Pixel 2 XL 4/64 4/128
"""

OUTSIDE = [
    (Outside("Apple", "brand"), ["iPhone", "iphn"]),
    (Outside("Nokia", "brand"), []),
    (Outside("Realme", "brand"), []),
    (Outside("LG", "brand"), []),
    (Outside("Lava", "brand"), []),
    (Outside("Karbonn", "brand"), []),
    (Outside("iPad", "tablet"), []),
    (Outside("Galaxy Tab", "tablet"), ["Samsung Tab"]),
    (Outside("Mi Pad", "tablet"), []),
    (Outside("Apple Watch", "watch"), []),
    (Outside("Mi TV", "tv"), []),
    (Outside("Laptop", "laptop"), ["MacBook"]),
]


def slug(text: str) -> str:
    """Return "Galaxy S8+" as "galaxy-s8-plus"."""
    return "-".join(text.casefold().replace("+", " plus").replace("(", "").replace(")", "").split())


def programme() -> PhoneIndex:
    """Build an index of the phones above; earlier ones are more popular."""
    models: list[tuple[ListedModel, list[str]]] = []
    for line in PHONES.strip().splitlines():
        brand, _, rest = line.partition(": ")
        for phone in rest.split("; "):
            words = phone.split()
            sizes = [(int(ram), int(storage)) for ram, slash, storage in (w.partition("/") for w in words) if slash]
            name, *also = " ".join(word for word in words if "/" not in word).split("|")
            model_id = slug(full_name(MAKERS[brand][0], name))
            variants = tuple(
                ListedVariant(f"{model_id}-{ram}-{storage}", model_id, ram, storage) for ram, storage in sizes
            )
            popularity = 1 + len(models)
            full = full_name(MAKERS[brand][0], name)
            models.append((ListedModel(model_id, brand, name, full, 2016, popularity, variants), also))
    makers = [(ListedBrand(brand, name), also) for brand, (name, *also) in MAKERS.items()]
    return build(makers, models, OUTSIDE)


INDEX = programme()


def said(found: Resolution) -> str:
    """Return a resolution as the table writes it."""
    match found.kind:
        case "variant":
            assert found.variant
            return found.variant.id
        case "model":
            assert found.model
            return found.model.id
        case "choice":
            return "? " + " ".join(sorted(model.id for model in found.candidates))
        case "brand":
            assert found.brand
            return f"brand {found.brand.id}"
        case "not_listed":
            return f"no {found.outside or (found.brand.id if found.brand else '-')}"
        case _:
            return "-"


SENTENCES = [
    # the plain name, and the ways it is spaced, cased and run together
    ("redmi note 4", "xiaomi-redmi-note-4"),
    ("Redmi Note4", "xiaomi-redmi-note-4"),
    ("REDMINOTE4", "xiaomi-redmi-note-4"),
    ("xiaomi redmi note 4", "xiaomi-redmi-note-4"),
    ("mi redmi note 4", "xiaomi-redmi-note-4"),
    ("note 4 redmi", "xiaomi-redmi-note-4"),
    ("mi note 4", "? xiaomi-redmi-note-4"),
    ("mi a 1", "xiaomi-mi-a1-4-64"),
    ("mi a1", "xiaomi-mi-a1-4-64"),
    ("MiA1", "xiaomi-mi-a1-4-64"),
    ("Mi-A1", "xiaomi-mi-a1-4-64"),
    ("xiaomi a1", "xiaomi-mi-a1-4-64"),
    ("moto g5 s plus", "motorola-moto-g5s-plus-4-64"),
    ("motog5splus", "motorola-moto-g5s-plus-4-64"),
    ("Moto G5S+", "motorola-moto-g5s-plus-4-64"),
    ("moto g5s", "motorola-moto-g5s-4-32"),
    ("moto g5", "motorola-moto-g5-3-16"),
    ("moto g5 plus", "motorola-moto-g5-plus"),
    ("g5 plus", "motorola-moto-g5-plus"),
    ("lenovo moto g4 plus", "motorola-moto-g4-plus"),
    ("1+5T", "oneplus-5t"),
    ("1+ 5t", "oneplus-5t"),
    ("one plus 5 t", "oneplus-5t"),
    ("oneplus5t", "oneplus-5t"),
    ("OnePlus 5", "oneplus-5"),
    ("one plus 3t 128gb", "oneplus-3t-6-128"),
    ("5t oneplus", "oneplus-5t"),
    ("oneplus x", "oneplus-x-3-16"),
    ("note4 64", "? samsung-galaxy-note-4 xiaomi-redmi-note-4"),
    ("Letv le max 2", "letv-le-max-2"),
    ("le max2", "letv-le-max-2"),
    ("leeco le 2", "letv-le-2-3-32"),
    ("le 2", "letv-le-2-3-32"),
    ("samsung j7 prime 16gb", "samsung-galaxy-j7-prime-3-16"),
    ("j7prime", "samsung-galaxy-j7-prime"),
    ("samsung galaxy j 7 prime", "samsung-galaxy-j7-prime"),
    ("s8+", "samsung-galaxy-s8-plus"),
    ("s8 plus", "samsung-galaxy-s8-plus"),
    ("S8", "samsung-galaxy-s8-4-64"),
    ("samsung s7edge", "samsung-galaxy-s7-edge-4-32"),
    ("galaxy on7 pro", "samsung-galaxy-on7-pro-2-16"),
    ("c9 pro", "samsung-galaxy-c9-pro-6-64"),
    ("galaxy j7 2016", "samsung-galaxy-j7-2016-2-16"),
    ("a5 2017", "samsung-galaxy-a5-2017-3-32"),
    ("xperia z5 premium", "sony-xperia-z5-premium-3-32"),
    ("sony z5", "sony-xperia-z5-3-32"),
    ("htc 10", "htc-10-4-32"),
    ("htc one m9+", "htc-one-m9-plus-3-32"),
    ("one m8", "htc-one-m8-2-16"),
    ("desire 820s", "htc-desire-820s-2-16"),
    ("gionee a1", "gionee-a1-4-64"),
    ("oppo f1 s", "oppo-f1s"),
    ("f3 plus", "oppo-f3-plus-4-64"),
    ("zenfone 3s max", "asus-zenfone-3s-max-3-32"),
    ("asus max pro m1", "asus-zenfone-max-pro-m1"),
    ("k8 note", "lenovo-k8-note"),
    ("vibe k5 plus", "lenovo-vibe-k5-plus"),
    ("lenovo k5 note", "lenovo-vibe-k5-note"),
    ("a6000 plus", "lenovo-a6000-plus-2-16"),
    ("nexus 6p", "huawei-nexus-6p"),
    ("google nexus 6p", "huawei-nexus-6p"),
    ("honor 9 lite", "huawei-honor-9-lite"),
    ("huawei honor 7x", "huawei-honor-7x"),
    ("vivo v7+", "vivo-v7-plus-4-64"),
    ("y55l", "vivo-y55l-2-16"),
    ("pixel 2 xl", "google-pixel-2-xl"),
    ("google pixel", "google-pixel"),
    ("pixel xl", "google-pixel-xl"),
    ("moto g3", "motorola-moto-g-3rd-gen"),
    ("moto g 3rd gen", "motorola-moto-g-3rd-gen"),
    ("moto x 2nd gen", "motorola-moto-x-2nd-gen-2-16"),
    # memory
    ("redmi note 4 4/64", "xiaomi-redmi-note-4-4-64"),
    ("redmi note 4 4gb ram 64gb", "xiaomi-redmi-note-4-4-64"),
    ("redmi note 4 64gb", "xiaomi-redmi-note-4-4-64"),
    ("redmi note 4 64", "xiaomi-redmi-note-4-4-64"),
    ("redmi note 4 (3GB RAM + 32GB)", "xiaomi-redmi-note-4-3-32"),
    ("redmi note 4 3gb/32gb", "xiaomi-redmi-note-4-3-32"),
    ("redmi note 4 32 gb", "xiaomi-redmi-note-4"),
    ("redmi note 4 3gb", "xiaomi-redmi-note-4-3-32"),
    ("64gb redmi note 4", "xiaomi-redmi-note-4-4-64"),
    ("redmi note 4 4 64", "xiaomi-redmi-note-4-4-64"),
    ("redmi note 4 4+64", "xiaomi-redmi-note-4-4-64"),
    ("redmi note 4/64gb", "xiaomi-redmi-note-4-4-64"),
    ("google pixel 4/32", "google-pixel-4-32"),
    ("redmi note 4 ram 3 gb", "xiaomi-redmi-note-4-3-32"),
    ("redmi note 4 128gb", "xiaomi-redmi-note-4"),
    ("redmi 4 2gb 16gb", "xiaomi-redmi-4-2-16"),
    ("s8+ 128gb", "samsung-galaxy-s8-plus-6-128"),
    ("s8 64gb", "samsung-galaxy-s8-4-64"),
    ("nexus 5 32gb", "google-nexus-5-2-32"),
    # digits of other scripts and widths
    ("redmi note ४", "xiaomi-redmi-note-4"),
    ("ｒｅｄｍｉ ｎｏｔｅ ５ ｐｒｏ", "xiaomi-redmi-note-5-pro"),  # noqa: RUF001 - the width is the point
    ("redmi नोट ५ प्रो", "xiaomi-redmi-note-5-pro"),
    # sentences
    ("hi I want to sell my redmi note 4 64gb, works fine, box included", "xiaomi-redmi-note-4-4-64"),
    ("hello, mera phone redmi note 5 pro hai, kitna milega?", "xiaomi-redmi-note-5-pro"),
    ("I have a samsung galaxy j7 prime with cracked screen", "samsung-galaxy-j7-prime"),
    ("mere paas moto g5s plus hai 1 saal purana", "motorola-moto-g5s-plus-4-64"),
    ("what is the price of mi a1", "xiaomi-mi-a1-4-64"),
    ("redmi note 4 price", "xiaomi-redmi-note-4"),
    ("redmi note 4 2 years old", "xiaomi-redmi-note-4"),
    ("redmi note 4 bought in 2017 for rs 12000", "xiaomi-redmi-note-4"),
    ("redmi note 4 + charger + box", "xiaomi-redmi-note-4"),
    ("I bought OnePlus 5T last year, 6 months warranty left", "oneplus-5t"),
    ("my phone is oneplus 3, battery 5 hours", "oneplus-3-6-64"),
    ("redmi note 4 h bhai", "xiaomi-redmi-note-4"),
    ("redmi note 4wala", "xiaomi-redmi-note-4"),
    ("k6 power button not working", "lenovo-k6-power"),
    ("redmi note 4 power button not working", "xiaomi-redmi-note-4"),
    ("redmi note 4 dual sim 4g volte black colour", "xiaomi-redmi-note-4"),
    ("i have vivo v5 and its camera is good", "vivo-v5-4-32"),
    ("exchange my redmi note 4 for mi a1", "xiaomi-redmi-note-4"),
    ("redmi note 3 dekar redmi note 5 pro lena hai", "xiaomi-redmi-note-3"),
    ("want to buy redmi note 5 pro, I have moto g4 plus", "motorola-moto-g4-plus"),
    ("redmi 5 a phone", "? xiaomi-redmi-5 xiaomi-redmi-5a"),
    ("my imei is number#k3f9q2 and phone is redmi 4a", "xiaomi-redmi-4a"),
    # misspelt makers and series
    ("samsang galxy j7 prime", "samsung-galaxy-j7-prime"),
    ("xaiomi redmi note 4", "xiaomi-redmi-note-4"),
    ("redmii note 4", "xiaomi-redmi-note-4"),
    ("motto g5 plus", "motorola-moto-g5-plus"),
    ("onplus 5t", "oneplus-5t"),
    ("lenvo k8 note", "lenovo-k8-note"),
    ("asus zenphone max pro m1", "asus-zenfone-max-pro-m1"),
    ("sony xpiria z3", "sony-xperia-z3-3-16"),
    ("micromex canvas infinity", "micromax-canvas-infinity-3-32"),
    # near twins: what tells them apart is never ignored, and never guessed
    ("redmi note 5", "xiaomi-redmi-note-5"),
    ("redmi note 5 pro", "xiaomi-redmi-note-5-pro"),
    ("redmi note 5 prp", "? xiaomi-redmi-note-5 xiaomi-redmi-note-5-pro"),
    ("redmi note 5 por", "? xiaomi-redmi-note-5 xiaomi-redmi-note-5-pro"),
    ("s8 plsu", "? samsung-galaxy-s8 samsung-galaxy-s8-plus"),
    ("redmi note 4 pro", "no xiaomi"),
    ("redmi note 4x", "no xiaomi"),
    ("mi max 3", "no xiaomi"),
    ("mi max", "xiaomi-mi-max-3-32"),
    ("moto g5 max", "no motorola"),
    ("moto g6 plus", "no motorola"),
    ("galaxy s8 edge", "no samsung"),
    ("redmi 5a prime", "no xiaomi"),
    ("oneplus 5 t", "oneplus-5t"),
    ("redmi 4", "xiaomi-redmi-4"),
    ("redmi 4a", "xiaomi-redmi-4a"),
    ("moto x", "? motorola-moto-x-2nd-gen motorola-moto-x-play motorola-moto-x4"),
    ("j7", "samsung-galaxy-j7-1-16"),
    ("j7 pro", "samsung-galaxy-j7-pro-3-64"),
    ("samsung s8 plus charger and box", "? samsung-galaxy-s8 samsung-galaxy-s8-plus"),
    ("redmi pro note 5", "xiaomi-redmi-note-5-pro"),
    ("a1 plus", "gionee-a1-plus-4-64"),
    ("a1", "? gionee-a1 xiaomi-mi-a1"),
    ("note 5", "? samsung-galaxy-note-5 xiaomi-redmi-note-5"),
    ("note 5 pro", "xiaomi-redmi-note-5-pro"),
    # corrections: the later wins
    ("redmi note 5 pro nahi, note 5", "xiaomi-redmi-note-5"),
    ("redmi note 5 pro nahi hai, redmi note 5 hai", "xiaomi-redmi-note-5"),
    ("not redmi note 5 pro, redmi note 5", "xiaomi-redmi-note-5"),
    ("redmi note 4 sorry note 5 pro", "xiaomi-redmi-note-5-pro"),
    ("its a moto g4, no wait, moto g4 plus", "motorola-moto-g4-plus"),
    ("s8 matlab s8+", "samsung-galaxy-s8-plus"),
    ("redmi note 5 not pro", "xiaomi-redmi-note-5"),
    ("redmi note 4 or moto g5 plus", "? motorola-moto-g5-plus xiaomi-redmi-note-4"),
    # brands, series, others' phones
    ("xiaomi", "brand xiaomi"),
    ("samsung phone", "brand samsung"),
    ("i have a one plus phone", "brand oneplus"),
    ("redmi", "brand xiaomi"),
    ("redmi note", "? xiaomi-redmi-note-3 xiaomi-redmi-note-4 xiaomi-redmi-note-5 xiaomi-redmi-note-5-pro"),
    ("le", "? letv-le-1s letv-le-1s-eco letv-le-2 letv-le-max letv-le-max-2"),
    ("redmi note 7", "no xiaomi"),
    ("redmi note 7 pro", "no xiaomi"),
    ("samsung a51", "no samsung"),
    ("s20", "no -"),
    ("oneplus 7", "no oneplus"),
    ("oneplus 6t 128gb", "no oneplus"),
    ("vivo z1", "no vivo"),
    ("google pixel 4", "no google"),
    ("honor 20", "no huawei"),
    ("oppo reno 2", "no oppo"),
    ("iphone 6s plus", "no Apple"),
    ("nokia 6", "no Nokia"),
    ("realme 5 pro", "no Realme"),
    ("lg g5", "no LG"),
    ("samsung galaxy tab a", "no Galaxy Tab"),
    ("my ipad", "no iPad"),
    ("mi tv 4", "no Mi TV"),
    ("lg nexus 5", "google-nexus-5"),
    # no phone at all
    ("hello", "-"),
    ("how does this work?", "-"),
    ("I have a 1 year old phone", "-"),
    ("I have 2 phones", "-"),
    ("it takes max 2 days", "-"),
    ("the screen has 2 scratches", "-"),
    ("rs 2000", "-"),
    ("please note 2 things", "-"),
    ("kitna milega", "-"),
    ("yes", "-"),
    ("no", "-"),
    ("", "-"),
    ("4g phone 64gb", "-"),
    ("what is the best price you can give me for one", "-"),
    ("phone le lo", "-"),
    ("😀", "-"),
]


@pytest.mark.parametrize(("text", "expected"), SENTENCES)
def test_a_text_means_the_phone_a_person_would_read_in_it(text: str, expected: str) -> None:
    """The table is the specification: what people write, what is meant."""
    assert said(read(INDEX, text)) == expected


# --- what was known before --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "brand_id", "expected"),
    [
        ("note 5", "samsung", "samsung-galaxy-note-5"),
        ("note 5", "xiaomi", "xiaomi-redmi-note-5"),
        ("a1", "gionee", "gionee-a1-4-64"),
        ("5", "oneplus", "oneplus-5"),
        ("its 5t", "oneplus", "oneplus-5t"),
        ("7", "oneplus", "no oneplus"),
        ("the screen has 2 scratches", "oneplus", "-"),
        ("one scratch", "oneplus", "-"),
        ("redmi note 4", "samsung", "xiaomi-redmi-note-4"),
        ("j7", "xiaomi", "samsung-galaxy-j7-1-16"),
        ("iphone 6", "samsung", "no Apple"),
        ("yes", "samsung", "-"),
        ("note 5", "nokia", "? samsung-galaxy-note-5 xiaomi-redmi-note-5"),
    ],
)
def test_a_brand_known_before_helps_where_it_fits(text: str, brand_id: str, expected: str) -> None:
    """It narrows down; it never overrules what is said."""
    assert said(read(INDEX, text, brand_id=brand_id)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("64gb", "xiaomi-redmi-note-4-4-64"),
        ("4/64", "xiaomi-redmi-note-4-4-64"),
        ("3gb 32gb wala", "xiaomi-redmi-note-4-3-32"),
        ("32gb", "-"),
        ("128gb", "-"),
        ("black colour", "-"),
        ("redmi note 5 64gb", "xiaomi-redmi-note-5-4-64"),
    ],
)
def test_for_a_model_known_before_the_memory_alone_is_enough(text: str, expected: str) -> None:
    """The answer to "which memory?", typed; 32 GB comes with two sizes of RAM."""
    assert said(read(INDEX, text, brand_id="xiaomi", model_id="xiaomi-redmi-note-4")) == expected


def test_memory_that_the_model_never_had_is_told() -> None:
    """So that nobody is shown another variant's price as theirs."""
    found = read(INDEX, "redmi note 4 128gb")
    assert (found.kind, found.memory_unlisted) == ("model", True)
    assert not read(INDEX, "redmi note 4").memory_unlisted


def test_what_is_not_listed_comes_with_the_nearest_of_its_brand() -> None:
    """At most three, the most alike first."""
    found = read(INDEX, "redmi note 7")
    assert {model.brand_id for model in found.nearest} == {"xiaomi"}
    assert len(found.nearest) == 3
    assert found.nearest[0].id == "xiaomi-redmi-note-3"


# --- every phone ------------------------------------------------------------------------------------------------------
def files_index() -> PhoneIndex:
    """Build an index of the catalogue that is shipped."""
    files = read_catalogue(Path(__file__).parents[2] / "catalogue", today=NOW.date())
    makers = {row.id: row.name for row in files.brands or ()}
    sizes: dict[str, list[ListedVariant]] = {}
    for row in files.variants or ():
        sizes.setdefault(row.model, []).append(ListedVariant(row.id, row.model, row.ram_gb, row.storage_gb))
    return build(
        [(ListedBrand(row.id, row.name), row.aliases) for row in files.brands or ()],
        [
            (
                ListedModel(
                    row.id,
                    row.brand,
                    row.name,
                    full_name(makers[row.brand], row.name),
                    row.released,
                    row.popularity,
                    tuple(sizes[row.id]),
                ),
                row.aliases,
            )
            for row in files.models or ()
        ],
        [(Outside(row.name, row.what.value), row.aliases) for row in files.outside or ()],
    )


SHIPPED = files_index()
EVERY = [pytest.param(index, model, id=model.id) for index in (INDEX, SHIPPED) for model in index.models]


@pytest.mark.parametrize(("index", "model"), EVERY)
def test_every_listed_model_is_found_by_its_own_name(index: PhoneIndex, model: ListedModel) -> None:
    """With its maker it is that model alone; without, only another maker's phone of that name may stand beside it."""
    for text in (model.full_name, model.full_name.upper(), f"hi, I want to sell my {model.full_name}, works fine"):
        assert read(index, text).model == model, text
    assert read(index, model.name, brand_id=model.brand_id).model == model
    found = read(index, model.name)
    assert found.model == model or (model in found.candidates and found.brand is None)


SHORT_NAME = re.compile(r"(note )?[a-z]{0,2}\d+[a-z]?( pro| plus|\+)?")


@pytest.mark.parametrize("series", ["redmi", "mi", "galaxy", "moto", "honor", "xperia", "zenfone", "lumia", "nexus"])
def test_a_series_never_turns_into_another_makers_phone(series: str) -> None:
    """The "Redmi Note 10" we don't list is not a Galaxy Note 10, however well the rest of the name fits."""
    owners = SHIPPED.series.get(series)
    for model in SHIPPED.models:
        name = model.full_name.removeprefix(SHIPPED.brands[model.brand_id].name)
        last = name.split(maxsplit=1)[-1]
        if not SHORT_NAME.fullmatch(last.lower()):
            continue  # "Fusion+" or "Pixel" tells its phone by itself
        found = read(SHIPPED, f"{series} {last}")
        assert found.model is None or owners is None or found.model.brand_id in owners, (last, found.model)


@pytest.mark.parametrize(("index", "model"), EVERY)
def test_a_name_that_goes_on_is_never_taken_for_the_shorter_one(index: PhoneIndex, model: ListedModel) -> None:
    """The nearest trap of all: "Pro", "Plus" or one more letter is another phone, listed or not."""
    letter = ["x"] if model.name[-1].isdigit() else []
    for more in (" Pro", " Plus", "+", " Lite", " Max", " Prime", " Mini", " XL", *letter):
        found = read(index, model.full_name + more)
        assert found.model != model or _named(index, model, more), model.full_name + more


def _named(index: PhoneIndex, model: ListedModel, more: str) -> bool:
    """Say whether the longer name is one of the model's own further names ("Redmi Note 4X")."""
    longer = without_maker(key(model.name + more), index.brands[model.brand_id].name)
    return any(name.model == model and name.atoms == longer for name in index.by_brand[model.brand_id])


@pytest.mark.parametrize("model", [pytest.param(model, id=model.id) for model in SHIPPED.models])
def test_every_variant_is_found_by_its_memory(model: ListedModel) -> None:
    """Said as on the box, with a slash, or with RAM and storage named."""
    for variant in model.variants:
        ram, storage = variant.ram_gb, variant.storage_gb
        for memory in (f"{ram}/{storage}", f"{ram}GB/{storage}GB", f"{ram}gb ram {storage}gb", f"({variant.label})"):
            assert read(SHIPPED, f"{model.full_name} {memory}").variant == variant, memory


@given(st.text(max_size=120) | st.lists(st.sampled_from(" ".join(t for t, _ in SENTENCES).split())).map(" ".join))
@settings(max_examples=500)
def test_whatever_is_written_there_is_one_consistent_answer(text: str) -> None:
    """Nothing a customer types can break the reading."""
    found = read(SHIPPED, text)
    assert (found.variant is None) == (found.kind != "variant")
    assert (found.model is not None) == (found.kind in {"variant", "model"})
    assert bool(found.candidates) == (found.kind == "choice")
    assert len(found.candidates) <= 5
    assert len(found.nearest) <= 3
    if found.model:
        assert found.brand is not None
        assert found.brand.id == found.model.brand_id
        assert found.variant is None or found.variant in found.model.variants


def test_a_very_long_message_is_read_as_fast_as_a_short_one() -> None:
    """Only its beginning is looked at."""
    assert read(SHIPPED, "redmi note 4 64gb " + "redmi note " * 100_000).model is not None


# --- the database -----------------------------------------------------------------------------------------------------
def test_a_new_import_is_seen_at_once_and_an_unchanged_one_costs_nothing(database: Sessions) -> None:
    """The index is kept by the content's digest."""
    folder = Path(__file__).parents[2] / "catalogue"
    files = read_catalogue(folder, today=NOW.date())
    prices = read_prices(folder / "prices.csv", today=NOW.date())
    with database() as session:
        assert read(listing.current(session), "redmi note 4").kind == "nothing"
        import_catalogue(session, files, now=NOW)
        import_prices(session, prices, file="prices.csv", now=NOW)
        index = listing.current(session)
        assert listing.current(session) is index
        assert resolve(session, "redmi note 4 64gb").kind == "variant"
        renamed = tuple(
            replace(row, name="Redmi Note Four", aliases=()) if row.id == "redmi-note-4" else row
            for row in files.models or ()
        )
        import_catalogue(session, replace(files, models=renamed), now=NOW)
        assert listing.current(session) is not index
        found = resolve(session, "redmi note four 64gb").model
        assert found is not None
        assert found.id == "redmi-note-4"
