"""What comes to a page in English, and is said by it in the language spoken: errors, raised anywhere, and the log of changes.

English: (Norwegian bokmål, Dutch); `{}` stands for what is filled in.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from dashboard.texts import retold_log, retold_queries
from metrics.language import LANGUAGES, Language, spoken

TEXTS: Mapping[str, tuple[str, str]] = {
    # Titles
    "Not understood": ("Ikke forstått", "Niet begrepen"),
    "Not there": ("Finnes ikke", "Bestaat niet"),
    "Not Found": ("Finnes ikke", "Bestaat niet"),
    "Method Not Allowed": ("Ikke tillatt", "Niet toegestaan"),
    "Not allowed": ("Ikke tillatt", "Niet toegestaan"),
    "Not logged in": ("Ikke logget inn", "Niet ingelogd"),
    "Too much": ("For mye", "Te veel"),
    "Not saved": ("Ikke lagret", "Niet opgeslagen"),
    "Not you yourself": ("Ikke deg selv", "Niet jezelf"),
    "Cannot be computed": ("Kan ikke regnes ut", "Niet te berekenen"),
    "Not possible now": ("Ikke mulig nå", "Nu niet mogelijk"),
    "Not accepted": ("Ikke godtatt", "Niet aanvaard"),
    "Takes too long": ("Tar for lang tid", "Duurt te lang"),
    "Busy": ("Opptatt", "Bezet"),
    "It failed": ("Det gikk galt", "Er ging iets mis"),
    "Misdirected Request": ("Feil adresse", "Verkeerd adres"),
    "URI Too Long": ("Adressen er for lang", "Adres te lang"),
    "Request Timeout": ("Tiden gikk ut", "Time-out"),
    "Content Too Large": ("For stort", "Te groot"),
    "Request Entity Too Large": ("For stort", "Te groot"),
    # Pages
    "there is nothing at this address": (
        "det finnes ingenting på denne adressen",
        "er is niets op dit adres",
    ),
    "something went wrong here; the service's log says what": (
        "noe gikk galt her; tjenestens logg sier hva",
        "hier ging iets mis; het logboek van de service zegt wat",
    ),
    "the database is busy or away; try again in a minute": (
        "databasen er opptatt eller borte; prøv igjen om et minutt",
        "de database is bezet of onbereikbaar; probeer het over een minuut opnieuw",
    ),
    "this takes too long to answer: ask for a shorter period, fewer brands, or without a query": (
        "dette tar for lang tid: velg en kortere periode eller færre merkevarer, eller ta bort søket",
        "dit duurt te lang: kies een kortere periode of minder merken, of laat de zoekopdracht weg",
    ),
    "these values are not understood: {}": (
        "disse verdiene er ikke forstått: {}",
        "deze waarden zijn niet begrepen: {}",
    ),
    # Filters
    "no brand {}; there are {}": (
        "ingen merkevare {}; dette er alle: {}",
        "geen merk {}; dit zijn ze allemaal: {}",
    ),
    "no campaign of this name; there are {}": (
        "ingen kampanje med dette navnet; dette er alle: {}",
        "geen campagne met deze naam; dit zijn ze allemaal: {}",
    ),
    "campaign {} runs from {} to {}": (
        "kampanjen {} varer fra {} til {}",
        "campagne {} loopt van {} tot en met {}",
    ),
    "may be given once": ("kan bare gis én gang", "mag één keer voorkomen"),
    "takes at most {} short values": ("tar høyst {} korte verdier", "neemt hoogstens {} korte waarden"),
    "takes 1 to {} characters": ("tar 1 til {} tegn", "neemt 1 tot {} tekens"),
    "takes yes or no": ("tar yes eller no", "neemt yes of no"),
    "takes today, 7d, 30d, 90d, 12m, month, year or two days, as in 2027-03-01..2027-03-31": (
        "tar today, 7d, 30d, 90d, 12m, month, year eller to dager, som i 2027-03-01..2027-03-31",
        "neemt today, 7d, 30d, 90d, 12m, month, year of twee dagen, zoals 2027-03-01..2027-03-31",
    ),
    "its first day must come before its last, at most ten years apart": (
        "den første dagen må komme før den siste, med høyst ti år mellom",
        "de eerste dag moet vóór de laatste komen, met hoogstens tien jaar ertussen",
    ),
    "takes {}; not {}": ("tar {}; ikke {}", "neemt {}; niet {}"),
    "takes {} to {}": ("tar {} til {}", "neemt {} tot {}"),
    "takes {}": ("tar {}", "neemt {}"),
    "is not one that this answer gave under these filters: begin without it": (
        "er ikke en som dette svaret ga med disse filtrene: begynn uten",
        "is er geen die dit antwoord met deze filters gaf: begin zonder",
    ),
    "there is no metric {}; /kpis lists all": (
        "tallet {} finnes ikke; /kpis viser alle",
        "het cijfer {} bestaat niet; /kpis toont ze allemaal",
    ),
    "no brand is tracked yet: listener init adds one": (
        "ingen merkevare følges ennå: listener init legger til en",
        "er wordt nog geen merk gevolgd: listener init voegt er een toe",
    ),
    "no brand is tracked yet": ("ingen merkevare følges ennå", "er wordt nog geen merk gevolgd"),
    "{} mentions are behind this figure, and a receipt reads each: ask for a shorter period, or use `listener metrics --receipt`": (
        "{} omtaler ligger bak dette tallet, og alle må leses: velg en kortere periode, eller bruk `listener metrics --receipt`",
        "achter dit cijfer zitten {} vermeldingen, en elk daarvan moet worden gelezen: kies een kortere periode, of gebruik "
        "`listener metrics --receipt`",
    ),
    "more than {} mentions may meet this query in this time, and they would all have to be read: ask for a shorter period, "
    "fewer brands, or a query with a rarer word": (
        "mer enn {} omtaler kan passe med dette søket i denne tiden, og alle måtte leses: velg en kortere periode, færre merkevarer "
        "eller et søk med et sjeldnere ord",
        "meer dan {} vermeldingen kunnen in deze tijd bij deze zoekopdracht passen, en ze zouden allemaal moeten worden gelezen: kies "
        "een kortere periode, minder merken of een zoekopdracht met een zeldzamer woord",
    ),
    # Mentions and alerts
    "there is no alert {}": ("varselet {} finnes ikke", "melding {} bestaat niet"),
    "there is no mention {}; nothing was changed": (
        "omtalen {} finnes ikke; ingenting ble endret",
        "vermelding {} bestaat niet; er is niets gewijzigd",
    ),
    "there is no mention {}": ("omtalen {} finnes ikke", "vermelding {} bestaat niet"),
    "takes 1 to {} numbers of mentions": (
        "tar 1 til {} numre på omtaler",
        "neemt 1 tot {} nummers van vermeldingen",
    ),
    "mention {} was not drawn for {}": (
        "omtalen {} ble ikke trukket for {}",
        "vermelding {} is niet getrokken voor {}",
    ),
    "mention {} has been erased": ("omtalen {} er slettet", "vermelding {} is gewist"),
    "the post was edited meanwhile: read it again": (
        "innlegget er redigert i mellomtiden: les det igjen",
        "het bericht is intussen bewerkt: lees het opnieuw",
    ),
    "no brand {} is tracked": ("ingen merkevare {} følges", "er wordt geen merk {} gevolgd"),
    "alert {}: {} is over; snooze it until a time to come": (
        "varsel {}: {} er passert; utsett det til et senere tidspunkt",
        "melding {}: {} is voorbij; stel de melding uit tot een later tijdstip",
    ),
    "alert {}: the note is empty; write some words": (
        "varsel {}: notatet er tomt; skriv noen ord",
        "melding {}: de notitie is leeg; schrijf een paar woorden",
    ),
    "alert {} was resolved at {} UTC{}; nothing was changed (listener alerts resolve with --real or --false-alarm can still say "
    "what it was)": (
        "varsel {} ble avsluttet {} UTC{}; ingenting ble endret (listener alerts resolve med --real eller --false-alarm kan fortsatt "
        "si hva det var)",
        "melding {} is op {} UTC afgerond{}; er is niets gewijzigd (listener alerts resolve met --real of --false-alarm kan nog "
        "zeggen wat het was)",
    ),
    # Settings
    "config.toml has no brand of this id": (
        "config.toml har ingen merkevare med denne id-en",
        "config.toml heeft geen merk met dit id",
    ),
    "there is no such goal any more": (
        "det finnes ikke noe slikt mål lenger",
        "zo'n doel is er niet meer",
    ),
    "{}: must be a number, as in 0.05": (
        "{}: må være et tall, som i 0.05",
        "{}: moet een getal zijn, zoals 0.05",
    ),
    # Who may do what
    "viewer": ("leser", "lezer"),
    "editor": ("redaktør", "redacteur"),
    "admin": ("administrator", "beheerder"),
    "log in first, or send a token": (
        "logg inn først, eller send en nøkkel",
        "log eerst in, of stuur een token",
    ),
    "this needs the role {}, and {} has the role {}": (
        "dette krever rollen {}, og {} har rollen {}",
        "hiervoor is de rol {} nodig, en {} heeft de rol {}",
    ),
    "this token is for {} alone": ("denne nøkkelen gjelder bare {}", "dit token is alleen voor {}"),
    "this tells of every brand, and this token is for {} alone": (
        "dette gjelder alle merkevarer, og denne nøkkelen gjelder bare {}",
        "dit gaat over elk merk, en dit token is alleen voor {}",
    ),
    "a token for some brands is good for the API alone, below /api/v1": (
        "en nøkkel for noen merkevarer gjelder bare API-et, under /api/v1",
        "een token voor enkele merken geldt alleen voor de API, onder /api/v1",
    ),
    "this host's name is not served here; [web] address in config.toml names it": (
        "dette vertsnavnet betjenes ikke her; address under [web] i config.toml angir det",
        "deze hostnaam wordt hier niet bediend; address onder [web] in config.toml noemt hem",
    ),
    "the address is too long": ("adressen er for lang", "het adres is te lang"),
    "the request is too long": ("forespørselen er for lang", "het verzoek is te lang"),
    "the request did not come in time": ("forespørselen kom ikke i tide", "het verzoek kwam niet op tijd"),
    "at most {} bytes are taken": ("høyst {} byte tas imot", "er worden hoogstens {} bytes aangenomen"),
    "this change was not asked for by one of our own pages; a program sends a token": (
        "denne endringen kom ikke fra en av våre egne sider; et program sender en nøkkel",
        "deze wijziging kwam niet van een van onze eigen pagina's; een programma stuurt een token",
    ),
    "this change was asked for by a page of another site": (
        "denne endringen kom fra en side på et annet nettsted",
        "deze wijziging kwam van een pagina van een andere site",
    ),
    "there is no such user any more": (
        "denne brukeren finnes ikke lenger",
        "deze gebruiker bestaat niet meer",
    ),
    "there is no such token any more": ("denne nøkkelen finnes ikke lenger", "dit token bestaat niet meer"),
    "another admin has to do this to you, or the command line": (
        "dette må en annen administrator gjøre, eller kommandolinjen",
        "dit moet een andere beheerder doen, of de opdrachtregel",
    ),
    "this is nothing that can be done to a user": (
        "dette kan ikke gjøres med en bruker",
        "dit kan niet met een gebruiker worden gedaan",
    ),
    "this login was not begun here, or took too long; try again": (
        "denne innloggingen ble ikke startet her, eller tok for lang tid; prøv igjen",
        "deze login is hier niet begonnen, of duurde te lang; probeer het opnieuw",
    ),
    "nobody of this mail address is a user here; an admin can add them by it": (
        "ingen bruker her har denne e-postadressen; en administrator kan legge til brukeren med den",
        "niemand met dit e-mailadres is hier gebruiker; een beheerder kan de gebruiker ermee toevoegen",
    ),
    "a user's name has 1 to 100 printable characters": (
        "et brukernavn har 1 til 100 synlige tegn",
        "een gebruikersnaam heeft 1 tot 100 zichtbare tekens",
    ),
    "no role {}; there are {}": (
        "ingen rolle {}; dette er alle: {}",
        "geen rol {}; dit zijn ze allemaal: {}",
    ),
    "no scope {}; there are {}": (
        "ingen rettighet {}; dette er alle: {}",
        "geen recht {}; dit zijn ze allemaal: {}",
    ),
    "there is a user {} already": ("det finnes alt en bruker {}", "er is al een gebruiker {}"),
    "a password has {} to {} characters; a few words are easy to keep": (
        "et passord har {} til {} tegn; noen få ord er lette å huske",
        "een wachtwoord heeft {} tot {} tekens; een paar woorden zijn makkelijk te onthouden",
    ),
    "a token's name has 1 to 100 printable characters": (
        "navnet på en nøkkel har 1 til 100 synlige tegn",
        "de naam van een token heeft 1 tot 100 zichtbare tekens",
    ),
    "a token for some brands reads or writes; what an admin manages is of all brands": (
        "en nøkkel for noen merkevarer leser eller skriver; det en administrator styrer, gjelder alle merkevarer",
        "een token voor enkele merken leest of schrijft; wat een beheerder beheert, geldt voor alle merken",
    ),
    "there is a token {} already; remove it or choose another name": (
        "det finnes alt en nøkkel {}; fjern den eller velg et annet navn",
        "er is al een token {}; verwijder het of kies een andere naam",
    ),
    # Why a mention has no label, and why the watcher could not look
    "no text is left after cleaning": (
        "ingen tekst er igjen etter rensing",
        "na het opschonen blijft geen tekst over",
    ),
    "the text holds nothing the model can read": (
        "teksten har ikke noe som modellen kan lese",
        "de tekst bevat niets wat het model kan lezen",
    ),
    "the model gave no number": ("modellen ga ikke noe tall", "het model gaf geen getal"),
    "no source collects anything": ("ingen kilde henter inn noe", "geen enkele bron verzamelt iets"),
    "nothing at all came from {} {}, which chance does not explain": (
        "ingenting kom fra {} {}, og det forklares ikke av tilfeldighet",
        "er kwam helemaal niets van {} {}, wat niet door toeval te verklaren is",
    ),
    "for more than a day": ("på mer enn et døgn", "gedurende meer dan een dag"),
    "since {} UTC": ("siden {} UTC", "sinds {} UTC"),
    "{} has been watched for less than a day: what is usual is not known yet": (
        "{} har vært overvåket i mindre enn et døgn: det er ennå ikke kjent hva som er vanlig",
        "{} wordt minder dan een dag bewaakt: wat gebruikelijk is, is nog niet bekend",
    ),
    "{} has not been collected yet": ("{} er ikke hentet inn ennå", "{} is nog niet verzameld"),
    "{} has not been collected since {} UTC": (
        "{} er ikke hentet inn siden {} UTC",
        "{} is niet verzameld sinds {} UTC",
    ),
    "the rule could not look: {}": ("regelen kunne ikke sjekke: {}", "de regel kon niet controleren: {}"),
    **retold_log.TEXTS,
    **retold_queries.TEXTS,
}


def retold(text: str) -> str:
    """An English text, or several with semicolons between them, in the language spoken; as it is where it has no translation, such as another
    program's words.

    >>> from metrics.language import speaking
    >>> with speaking("nb"):
    ...     retold("this needs the role editor, and Ada has the role viewer")
    'dette krever rollen redaktør, og Ada har rollen leser'
    """
    language = spoken()
    if language == "en":
        return text
    found = _in(text, language)
    return found if found != text else "; ".join(_in(part, language) for part in text.split("; "))


def _in(text: str, language: Language) -> str:
    for template, pattern in _patterns():
        if found := pattern.fullmatch(text):
            return TEXTS[template][LANGUAGES.index(language) - 1].format(*_values(found, language))
    return text


def _values(found: re.Match[str], language: Language) -> Iterator[str]:
    return (_in(value, language) if value else "" for value in found.groups())


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Those with the most words of their own first: what fits several is the most exact of them."""
    ordered = sorted(TEXTS, key=lambda template: -len(template.replace("{}", "")))
    return tuple(
        (template, re.compile("(.*)".join(map(re.escape, template.split("{}"))), re.S))
        for template in ordered
    )
