"""How people in India write phones: what they call makers, what they misspell, the sentences they put a phone in.

Collected from how customers write, not from the catalogue's own further names and not from the resolver's lists.
"""

SERIES = {
    "xiaomi": ("Redmi", "Mi", "Poco"),
    "samsung": ("Galaxy",),
    "sony": ("Xperia",),
    "htc": ("Desire", "One"),
    "motorola": ("Moto",),
    "micromax": ("Canvas",),
    "gionee": ("Elife", "Marathon"),
    "asus": ("Zenfone",),
    "lenovo": ("Vibe",),
    "oneplus": ("OnePlus",),
    "huawei": ("Honor",),
    "letv": ("Le",),
    "google": ("Pixel", "Nexus"),
}
"""What many people leave out: "note 4", "s8", "xperia" when they have said Sony."""

MAKERS = {
    "xiaomi": ("Xiaomi", "xiomi", "xaomi", "xiami", "MI"),
    "samsung": ("Samsung", "samsang", "sumsung", "samsumg", "samung"),
    "sony": ("Sony", "soni"),
    "htc": ("HTC", "htc"),
    "motorola": ("Motorola", "motrola", "motorolla", "motorla"),
    "micromax": ("Micromax", "micromex", "micromx"),
    "gionee": ("Gionee", "gionne", "gioni", "geonee"),
    "oppo": ("Oppo", "opo", "opoo"),
    "asus": ("Asus", "assus"),
    "lenovo": ("Lenovo", "lenova", "lenevo", "lenvo"),
    "oneplus": ("OnePlus", "one plus", "1+", "1plus", "1 plus", "onepls"),
    "huawei": ("Huawei", "huawai", "hauwei", "huwei"),
    "vivo": ("Vivo", "vevo", "viva"),
    "letv": ("LeEco", "letv", "le eco"),
    "google": ("Google", "gogle", "googel"),
}
"""The right name first."""

SENTENCES = (
    "{0}", "{0}", "{0}", "{0}", "my {0}", "i have {0}", "its {0}", "it is a {0} sir", "mera {0} hai",
    "mere paas {0} hai", "{0} hai mera", "{0} ka kitna milega", "how much for {0}", "want to sell my {0}",
    "hi, i want to exchange my old {0} please", "purana {0} bechna hai", "{0} exchange karna hai bhai",
    "{0} works fine, box available", "{0} 2 saal purana hai", "{0}, 1 year old", "phone: {0}", "{0} .",
    "mujhe apna {0} dena hai", "can you tell value of {0}?", "{0} bought in 2018, no scratches", "{0}??",
    "i am using {0} since 2 years", "{0} chalega kya", "ye {0} hai, thoda scratch hai screen pe",
    "old phone is {0} with charger and bill", "{0} k liye kya rate hai", "model {0}", "{0} 👍",
    "bhai {0} ka price batao",
)  # fmt: skip

CORRECTIONS = (
    "{0} nahi, {1}", "{0} nahi {1} hai", "not {0}, {1}", "{0} sorry {1}", "{0}... no wait, {1}",
    "oh sorry its {1} not {0}", "galti se {0} likh diya, {1} hai", "{1}, {0} nahi", "i meant {1}, not {0}",
    "actually {1} hai {0} nahi",
)  # fmt: skip
"""The first is the phone that it isn't."""

NUMBERS = {
    "1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight", "9": "nine",
    "10": "ten",
}  # fmt: skip

HINDI_MAKERS = {
    "xiaomi": ("शाओमी", "श्याओमी"),
    "samsung": ("सैमसंग", "सेमसंग", "सैमसंग का"),
    "sony": ("सोनी",),
    "htc": ("एचटीसी",),
    "motorola": ("मोटोरोला", "मोटरोला"),
    "micromax": ("माइक्रोमैक्स", "माइक्रोमेक्स"),
    "gionee": ("जिओनी", "जियोनी"),
    "oppo": ("ओप्पो", "ओपो"),
    "asus": ("आसुस", "एसुस"),
    "lenovo": ("लेनोवो",),
    "oneplus": ("वनप्लस", "वन प्लस"),
    "huawei": ("हुआवेई", "हुवावे"),
    "vivo": ("वीवो", "विवो"),
    "letv": ("लेईको",),
    "google": ("गूगल",),
}

HINDI_WORDS = {
    "redmi": "रेडमी", "poco": "पोको", "mi": "एमआई", "galaxy": "गैलेक्सी", "xperia": "एक्सपीरिया", "moto": "मोटो",
    "canvas": "कैनवास", "zenfone": "ज़ेनफोन", "honor": "ऑनर", "pixel": "पिक्सल", "nexus": "नेक्सस", "oneplus": "वनप्लस",
    "desire": "डिज़ायर", "note": "नोट", "pro": "प्रो", "plus": "प्लस", "prime": "प्राइम", "lite": "लाइट",
    "max": "मैक्स", "power": "पावर", "ultra": "अल्ट्रा", "play": "प्ले", "edge": "एज", "youth": "यूथ", "nord": "नॉर्ड",
    "vibe": "वाइब", "selfie": "सेल्फी", "infinity": "इन्फिनिटी", "premium": "प्रीमियम", "compact": "कॉम्पैक्ट",
}  # fmt: skip

HINDI_LETTERS = {
    "a": "ए", "b": "बी", "c": "सी", "e": "ई", "f": "एफ", "g": "जी", "i": "आई", "j": "जे", "k": "के", "l": "एल",
    "m": "एम", "n": "एन", "p": "पी", "r": "आर", "s": "एस", "t": "टी", "u": "यू", "v": "वी", "x": "एक्स", "y": "वाई",
    "z": "ज़ेड",
}  # fmt: skip

HINDI_SENTENCES = (
    "{0}", "मेरे पास {0} है", "{0} बेचना है", "{0} का कितना मिलेगा", "मेरा फोन {0} है", "{0} एक्सचेंज करना है",
    "पुराना {0} है",
)  # fmt: skip

UNLISTED = {
    "xiaomi": (
        "Redmi Note 10", "Redmi Note 10S", "Redmi Note 11 Pro", "Redmi Note 12", "Redmi 10 Prime", "Redmi 12C",
        "Redmi A1", "Mi 11", "Mi 11 Lite", "Mi 11X Pro", "Poco X4 Pro", "Poco M4", "Poco F3", "Poco C31", "Redmi K50",
        "Mi 12",
    ),
    "samsung": (
        "Galaxy S21", "Galaxy S21 FE", "Galaxy S22", "Galaxy S23 Ultra", "Galaxy A52", "Galaxy A53 5G", "Galaxy A12",
        "Galaxy A22", "Galaxy M12", "Galaxy M32", "Galaxy M52", "Galaxy F41", "Galaxy F62", "Galaxy J3", "Galaxy J1",
        "Galaxy Z Flip", "Galaxy S3", "Galaxy Note 2",
    ),
    "sony": ("Xperia 1", "Xperia 5", "Xperia 10", "Xperia XZ3", "Xperia E3", "Xperia SP"),
    "htc": ("Desire 19", "Desire 500", "U20", "One V"),
    "motorola": ("Moto G10", "Moto G30", "Moto G52", "Moto G60", "Moto G82", "Moto E7", "Moto E32", "Edge 20"),
    "micromax": ("IN 2b", "IN Note 2", "Canvas Fire 4", "Canvas Unite 2"),
    "gionee": ("Max Pro", "F9 Plus", "Pioneer P4"),
    "oppo": ("F19", "F19 Pro", "F21 Pro", "A54", "A74", "A16", "A77", "Reno5 Pro", "Reno6", "Reno8", "A3", "F27"),
    "asus": ("Zenfone 7", "Zenfone 8", "Zenfone 9", "ROG Phone 5", "ROG Phone 6"),
    "lenovo": ("K12 Note", "K13", "Vibe C", "A1000"),
    "oneplus": (
        "OnePlus 9", "OnePlus 9 Pro", "OnePlus 9R", "OnePlus 10T", "OnePlus 10 Pro", "OnePlus 11", "OnePlus Nord 2",
        "OnePlus Nord CE 2", "OnePlus 12R",
    ),
    "huawei": ("Honor 30", "Honor X9", "Honor 70", "Honor 90", "P40 Pro", "Mate 30", "Nova 5T"),
    "vivo": ("V21", "V23", "V25 Pro", "V27", "Y21", "Y33s", "Y73", "Y75", "T1", "T2x", "X60", "X70 Pro", "Y100"),
    "letv": ("Le 3", "Le Max 3"),
    "google": ("Pixel 6", "Pixel 6a", "Pixel 6 Pro", "Pixel 7", "Pixel 7a", "Pixel 8", "Nexus 4"),
}  # fmt: skip
"""Real phones of the programme's makers that the catalogue doesn't hold."""

ELSEWHERE = {
    "Apple": (
        "iPhone 5s", "iPhone 6", "iphone 7 plus", "iPhone 8", "i phone x", "iphone 11", "iPhone 12 mini",
        "apple iphone",
    ),
    "Nokia": ("Nokia 3", "Nokia 5.1 Plus", "nokia 6.1", "Nokia 7 Plus", "nokia 8.1"),
    "Realme": ("Realme 1", "realme 2 pro", "Realme 3", "realme 5i", "Realme X", "realme C11", "realme xt"),
    "LG": ("LG G6", "lg q6", "LG K10", "lg v30"),
    "BlackBerry": ("BlackBerry Z10", "blackberry q5", "blackberry priv"),
    "Infinix": ("Infinix Hot 4", "infinix smart 2", "Infinix Note 7"),
    "Tecno": ("Tecno Camon 12", "tecno spark 4"),
    "Itel": ("itel a44", "Itel Vision 1"),
    "Lava": ("Lava Z60", "lava iris 50"),
    "Karbonn": ("Karbonn A9", "karbonn k9"),
    "Intex": ("Intex Aqua 5", "intex cloud"),
    "Coolpad": ("Coolpad Note 3", "coolpad mega 2.5d"),
    "Panasonic": ("Panasonic P55", "panasonic eluga ray"),
    "JioPhone": ("jio phone 2", "JioPhone"),
    "iPad": ("iPad", "ipad pro", "ipad air"),
    "Galaxy Tab": ("Galaxy Tab A7", "samsung galaxy tab"),
    "Smartwatch": ("apple watch series 3", "smartwatch", "samsung galaxy watch"),
    "TV": ("mi tv", "sony bravia tv", "samsung tv"),
    "Laptop": ("macbook", "laptop"),
}  # fmt: skip
"""What is declined by name."""
