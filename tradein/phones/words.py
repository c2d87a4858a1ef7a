"""Words that mean something, or nothing, beside a phone's name. Lists for the resolver; no customer reads them."""

from tradein.spelling import words

FIGURES = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10",
}  # fmt: skip
"""Numbers in words; "one" is a name: the Moto One, the OnePlus One."""

MODIFIERS = words(
    "force pro plus lite prime max mini xl edge active ultra neo nxt power play note turbo compact premium selfie zoom "
    "youth se fe duo duos air ace core style go dual performance exclusive special edition ce rt gt neo z xz xa tab "
    "pad fold flip"
)
"""Words that make another phone of a name when they follow it; the catalogue's own last words are added to them."""

ORDINARY = words(
    "a an and any are as at be box bill big best battery black blue body bought but buy by call came can case cash "
    "cell cent charge charger check code color come cost could crack cracked customer damage date day days deal "
    "dear demo dent display do does done down each edge else end even ever every exchange face fair fast fine first "
    "fix for free fresh from full gave get give glass gold good great green had half hand hands has have hear hello "
    "help her here hey hi him his hold home hope how i if in is issue it its just keep key keys kind know last late "
    "later left less let life like line lines link list lite little lock long look lost lot love made main make man "
    "many market me mean might mile mine mint minor mode model money month months more most move much must my name "
    "near need new next nice no none nor not note nothing now number of off offer often old on once one only open "
    "or order other our out over own paid part parts pay phone piece place plan play please point port post power "
    "price prize print problem prompt proof pure put quick quote ram rate ready real red rest right room rs rupee "
    "rupees said sale same say screen see sell selling send set she show side silver sim since site slow small so "
    "sold some soon sorry sort sound speaker spot start state still stop store style such sure take tell than thank "
    "thanks that the their them then there these they thing think this time to today too top touch true try turn "
    "two under unit up upto us use used user using value very via voice want was way we week weeks well went were "
    "what when where which white who whole why wife will wish with without wont word work working works worth would "
    "wrong year years yes yet you your active max mini pro plus prime power go core dual ace air special edition "
    "liye liya kiye diye raha rahi rahe hota hoti hote karta karti karte chalta chalti wapas jaldi bilkul lekin magar "
    "kyon kyun yahan wahan kahan kabhi bohot bahot bahut zyada jyada kaafi kafi galti galat likh likha saath kharab "
    "toota tuta chahta chahti bolo bataiye batana dijiye kijiye lijiye dost papa mummy bhaiya didi uncle beta husband "
    "pehle pahle baad naam kaam waise aisa jaisa sabse hazar rupay rupaye mahine mahina since while after before again "
    "about because being full condition working available included bought gaya gayi gaye hogi honge karke lagta lagti "
    "ultra smart fire spark bolt unite mega grand style turbo aap ab abhi accha achha acha agar andar apna apne "
    "apni aur bada bahut bata batao bech bechna bechni bhai bhi bikta bina chahiye chal chala chalta chota dam de "
    "dena diya do dono ek exchange ghar hai haan han hain ho hoga hua humara isko iska jaise ji jo ka kab kar karna "
    "karni karo karwana kaise kaisa kaun ke keemat khareeda kharida ki kimat kitna kitne kitni ko koi kuch kya kyu "
    "le lekin lelo lena liya lo main maine mai mast matlab me mein mera mere meri mil milega milegi mujhe mujhko na "
    "naya nahi ne nikal pe paisa paise par pas paas phir purana purane purani pura saal sab sahi sath se sirf tak "
    "thik theek tha thi thoda to tum uska wala wale wali wo woh ya yaar ye yeh"
)
"""Everyday words, English and Hinglish: never taken for a misspelt name, and no proof of one by themselves."""

FILLERS = words(
    "a an and the my mine i ive have has had got is it its this that of for to want wanna sell selling exchange hi "
    "hello hey phone phones mobile smartphone handset device set model variant version old used one please plz pls "
    "sir bro brother mera mere meri hai hain h he ka ki ke ko paas pas purana wala wali bechna ek main mai mein me "
    "ye yeh yes ok okay no nahi not sorry actually mean just only with in gb ram rom storage memory internal color "
    "colour black white gold golden grey gray blue red silver rose dual sim g lte volte india indian edition price "
    "value worth kitna what whats how much milega ki"
)
"""Words that say nothing about which phone it is; a message of a name and these alone is all about that name."""

DENIED_BEFORE = words("not isnt wasnt arent aint never dont without no")
DENIED_AFTER = words("nahi nahin nahee nhi nai nah नहीं नही")
BETWEEN_DENIAL = words("the a my its it is hai h to wala wali bhi hi actually really mera ye")
CORRECTIONS = words(
    "sorry actually oops mean meant matlab no nahi nahin nhi nai nope galti galat wrong wait rather correction "
    "mistake typo instead not balki नहीं"
)
SAID_BEFORE = words("said told wrote typed selected chose picked galti galati mistakenly wrongly accidentally")
"""Before a phone, where another one is named too: what was said earlier, or by mistake."""
WANTED_BEFORE = words(
    "for buy buying get getting new upgrade upgrading into towards against purchase want naya nayi naye"
)
WANTED_AFTER = words("lena lene leni lunga chahiye chahie kharidna khareedna buy")
OWNED_BEFORE = words(
    "my mera meri mere apna apni apne old purana purani purane have own exchanging selling sell exchange"
)

AGE = words(
    "year years yr yrs y month months mnth mnths mth week weeks day days saal sal mahina mahine mahina din hafte "
    "months old hours hour hrs hr min minute minutes am pm baje साल महीने"
)
MEASURES = words(
    "inch inches mp mah mm hz k rs inr rupee rupees rupaye bucks % percent pm pcs piece pieces sims lakh hazar"
)
MONEY_BEFORE = words("rs inr ₹ price value rupees mrp cost around about worth")
MEMORY_UNITS = words("gb gbs gig gigs g tb")
RAM_WORDS = words("ram")
STORAGE_WORDS = words("rom storage internal memory inbuilt")
ORDINALS = words("st nd rd th")
JOINERS = words("/ plus & and x ram gb gig g")

RAM_SIZES = frozenset({1, 2, 3, 4, 6, 8, 10, 12, 16})
STORAGE_SIZES = frozenset({4, 8, 16, 32, 64, 128, 256, 512, 1024})
BARE_STORAGE = frozenset({16, 32, 64, 128, 256, 512})
"""Sizes that mean storage even without "gb"; smaller ones are also names of phones."""

COMPOUNDS: dict[str, frozenset[str]] = {
    "light": words(
        "scratch scratches wear marks mark use usage used weight blue green gold pink grey gray colour color"
    ),
    "plus": words(
        "charger charging charge box bill case cover earphone earphones headphone headphones accessories cable adapter "
        "adaptor original invoice warranty back tempered i all everything"
    ),
    "power": words("button key on off bank issue problem cable cord switch adapter"),
    "play": words("store music games"),
    "max": words("price value to kitna amount rate offer upto"),
    "mini": words("usb"),
    "dual": words("sim sims camera"),
    "edge": words("crack cracked cracks broken damage damaged dent dents scratch scratches"),
    "note": words("that this down"),
    "active": words("sim number warranty"),
    "prime": words("membership video"),
    "go": words("for ahead"),
    "z": words(""),
}
"""After a name, these words may be the beginning of something else: "S8 plus charger", "K6 power button"."""

SMALL_WORDS = words("a i")
"""Letters that are English words: "my redmi 5 a friend gave me"."""
