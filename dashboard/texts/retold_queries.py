"""What is wrong with a query. English: (Norwegian bokmål, Dutch), for `dashboard.texts.retold`."""

TEXTS: dict[str, tuple[str, str]] = {
    "the query is empty: write the brand's name, such as delta OR @delta": (
        "søket er tomt: skriv navnet på merkevaren, som i delta OR @delta",
        "de zoekopdracht is leeg: schrijf de naam van het merk, zoals delta OR @delta",
    ),
    "the query is longer than {} characters or {} words: split it into several brands": (
        "søket er lengre enn {} tegn eller {} ord: del det på flere merkevarer",
        "de zoekopdracht is langer dan {} tekens of {} woorden: verdeel die over meerdere merken",
    ),
    "more than {} levels of ( ) and NOT: write fewer levels": (
        "mer enn {} nivåer av ( ) og NOT: skriv færre nivåer",
        "meer dan {} niveaus van ( ) en NOT: schrijf minder niveaus",
    ),
    "NEAR needs a number of words from 1 to {}: write delta NEAR/5 late": (
        "NEAR trenger et antall ord fra 1 til {}: skriv delta NEAR/5 sen",
        "NEAR heeft een aantal woorden van 1 tot {} nodig: schrijf delta NEAR/5 laat",
    ),
    "NEAR joins words, phrases, @handles and #tags: write a NEAR/5 b, or a NEAR/5 (b OR c)": (
        "NEAR knytter sammen ord, uttrykk, @kontoer og #emneknagger: skriv a NEAR/5 b, eller a NEAR/5 (b OR c)",
        "NEAR verbindt woorden, zinsdelen, @accounts en #tags: schrijf a NEAR/5 b, of a NEAR/5 (b OR c)",
    ),
    "NEAR joins two, not more: write a NEAR/5 b AND b NEAR/5 c": (
        "NEAR knytter sammen to, ikke flere: skriv a NEAR/5 b AND b NEAR/5 c",
        "NEAR verbindt er twee, niet meer: schrijf a NEAR/5 b AND b NEAR/5 c",
    ),
    "any post at all would meet this part: write what must occur before the NOT, such as delta NOT force": (
        "et hvilket som helst innlegg ville passe med denne delen: skriv hva som må forekomme, før NOT, som i delta NOT force",
        "elk bericht zou bij dit deel passen: schrijf vóór de NOT wat moet voorkomen, zoals delta NOT force",
    ),
    'this quote is never closed: write it at both ends, such as "delta force"': (
        'dette anførselstegnet blir aldri lukket: skriv det i begge ender, som i "delta force"',
        'dit aanhalingsteken wordt niet gesloten: schrijf het aan beide kanten, zoals "delta force"',
    ),
    "this ( is never closed: write the ) that is missing": (
        "denne ( blir aldri lukket: skriv den ) som mangler",
        "deze ( wordt niet gesloten: schrijf de ) die ontbreekt",
    ),
    "this ) closes nothing: take it away, or write the ( that is missing": (
        "denne ) lukker ingenting: ta den bort, eller skriv den ( som mangler",
        "deze ) sluit niets: haal hem weg, of schrijf de ( die ontbreekt",
    ),
    'a word is missing {}: write one, or "{}" in quotes to look for that word': (
        'et ord mangler {}: skriv ett, eller "{}" i anførselstegn for å søke etter det ordet',
        'er ontbreekt een woord {}: schrijf er een, of "{}" tussen aanhalingstekens om dat woord te zoeken',
    ),
    "here": ("her", "hier"),
    "after {}": ("etter {}", "na {}"),
    "a * stands only at the end of a word without quotes: write flight*": (
        "en * står bare på slutten av et ord uten anførselstegn: skriv flight*",
        "een * staat alleen aan het eind van een woord zonder aanhalingstekens: schrijf flight*",
    ),
    "nothing to look for here: write a letter, a digit or a symbol": (
        "ingenting å søke etter her: skriv en bokstav, et siffer eller et symbol",
        "hier is niets om te zoeken: schrijf een letter, een cijfer of een symbool",
    ),
    "links cannot be looked for: write site:example.com for the posts that link there": (
        "det går ikke an å søke etter lenker: skriv site:example.com for innleggene som lenker dit",
        "naar links kan niet worden gezocht: schrijf site:example.com voor de berichten die daarheen linken",
    ),
    "a word or phrase of more than {} characters: write a shorter part of it": (
        "et ord eller uttrykk på mer enn {} tegn: skriv en kortere del av det",
        "een woord of zinsdeel van meer dan {} tekens: schrijf er een korter deel van",
    ),
    "a word needs at least two letters before *: fewer would match nearly everything": (
        "et ord trenger minst to bokstaver før *: færre ville passe med nesten alt",
        "een woord heeft minstens twee letters vóór * nodig: minder zou bijna overal bij passen",
    ),
    "site: takes a domain: write site:example.com": (
        "site: tar et domene: skriv site:example.com",
        "site: neemt een domein: schrijf site:example.com",
    ),
    "{}: needs a value right behind it: write {}": (
        "{}: trenger en verdi rett etter seg: skriv {}",
        "{}: heeft er direct een waarde achter nodig: schrijf {}",
    ),
    "a leading - is not a sign here: write NOT {}": (
        "en - foran er ikke noe tegn her: skriv NOT {}",
        "een - vooraan is hier geen teken: schrijf NOT {}",
    ),
    "a leading ! is not a sign here: write NOT {}": (
        "et ! foran er ikke noe tegn her: skriv NOT {}",
        "een ! vooraan is hier geen teken: schrijf NOT {}",
    ),
    "a leading + is not a sign here: every word must occur anyway, write {}": (
        "en + foran er ikke noe tegn her: alle ord må forekomme uansett, skriv {}",
        "een + vooraan is hier geen teken: elk woord moet toch al voorkomen, schrijf {}",
    ),
    "{} is not a sign here: write OR between the words": (
        "{} er ikke noe tegn her: skriv OR mellom ordene",
        "{} is hier geen teken: schrijf OR tussen de woorden",
    ),
    "{} is not a sign here: write AND, or just a space": (
        "{} er ikke noe tegn her: skriv AND, eller bare et mellomrom",
        "{} is hier geen teken: schrijf AND, of gewoon een spatie",
    ),
    "operators are written in capitals: {}": (
        "operatorer skrives med store bokstaver: {}",
        "operatoren worden met hoofdletters geschreven: {}",
    ),
    "{} is a link: write site:example.com for the posts that link there": (
        "{} er en lenke: skriv site:example.com for innleggene som lenker dit",
        "{} is een link: schrijf site:example.com voor de berichten die daarheen linken",
    ),
    '{} is no field: write lang:, author:, source: or site:, or put words with a colon in "quotes"': (
        '{} er ikke noe felt: skriv lang:, author:, source: eller site:, eller sett ord med kolon i "anførselstegn"',
        '{} is geen veld: schrijf lang:, author:, source: of site:, of zet woorden met een dubbele punt tussen "aanhalingstekens"',
    ),
}
