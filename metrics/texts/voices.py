"""What is said of influence, impact and share of voice. English: (Norwegian bokmål, Dutch)."""

TEXTS: dict[str, tuple[str, str]] = {
    # Influence and impact
    "only what was said from {day} on is looked at: more than {most:,} posts of the period name the brand": (
        "bare det som er sagt fra og med {day}, er med: mer enn {most:,} innlegg i perioden nevner merkevaren",
        "alleen wat vanaf {day} is gezegd, telt mee: meer dan {most:,} berichten in de periode noemen het merk",
    ),
    "responders seen: {n:,} of {of:,} responses that the networks count, all brands together": (
        "vi ser hvem som står bak {n:,} av {of:,} reaksjoner som nettverkene teller, alle merkevarer samlet",
        "bekend is wie er achter {n:,} van de {of:,} reacties zit die de netwerken tellen, alle merken samen",
    ),
    "responders seen: {n:,} of {of:,} responses that the networks count of these posts": (
        "vi ser hvem som står bak {n:,} av {of:,} reaksjoner som nettverkene teller på disse innleggene",
        "bekend is wie er achter {n:,} van de {of:,} reacties zit die de netwerken op deze berichten tellen",
    ),
    "no response was collected on {names}: neither response nor propagation is known there": (
        "ingen reaksjoner er hentet inn fra {names}: verken respons eller spredning er kjent der",
        "op {names} zijn geen reacties verzameld: respons noch verspreiding is daar bekend",
    ),
    "{names}: no response was collected; the network's own count of shares, answers and quotes stands in": (
        "{names}: ingen reaksjoner er hentet inn; nettverkets egen telling av delinger, svar og sitater brukes i stedet",
        "{names}: er zijn geen reacties verzameld; de eigen telling van het netwerk van gedeelde berichten, antwoorden en citaten wordt gebruikt",
    ),
    "left out, since nobody tells who responded: {parts} (mentions, all brands together)": (
        "utelatt, siden ingen oppgir hvem som reagerte: {parts} (omtaler, alle merkevarer samlet)",
        "weggelaten, omdat niet bekend is wie reageerde: {parts} (vermeldingen, alle merken samen)",
    ),
    "{format} on {network}": ("{format} på {network}", "{format} op {network}"),
    "{n} own posts are left out, on networks that have none to compare them with": (
        "{n} egne innlegg er utelatt, på nettverk som ikke har noen å sammenligne dem med",
        "{n} eigen berichten zijn weggelaten, op netwerken zonder berichten om ze mee te vergelijken",
    ),
    "{n:,} on {source}": ("{n:,} på {source}", "{n:,} op {source}"),
    "languages and query are left aside: responses are of all of a brand's mentions": (
        "språk og søk er sett bort fra: reaksjonene gjelder alle omtaler av merkevaren",
        "talen en zoekopdracht blijven buiten beschouwing: reacties gelden voor alle vermeldingen van het merk",
    ),
    "too few authors in both periods: {n}, of at least {least}": (
        "for få forfattere i begge periodene: {n}, minst {least} trengs",
        "te weinig auteurs in beide perioden: {n}, minstens {least} nodig",
    ),
    "all of them got as many responders per post": (
        "alle fikk like mange reaksjoner per innlegg",
        "allemaal kregen ze evenveel reacties per bericht",
    ),
    # Share of voice
    "shares are of whole brands: the query is left aside": (
        "andelene gjelder hele merkevarer: søket er sett bort fra",
        "aandelen gelden voor hele merken: de zoekopdracht blijft buiten beschouwing",
    ),
    "by mentions": ("etter omtaler", "naar vermeldingen"),
    "by people": ("etter personer", "naar personen"),
    "without near-duplicates": ("uten nesten like innlegg", "zonder bijna-duplicaten"),
    "by one voice per author": ("med én stemme per forfatter", "met één stem per auteur"),
    "without repeats and bursts": ("uten gjentakelser og bølger", "zonder herhalingen en golven"),
    "There are not two brands to compare {way}": (
        "Det finnes ikke to merkevarer å sammenligne {way}",
        "Er zijn geen twee merken om te vergelijken {way}",
    ),
    "{brand} and {rival} are level {way}": (
        "{brand} og {rival} står likt {way}",
        "{brand} en {rival} staan gelijk {way}",
    ),
    "{brand} leads {way}, by more than chance (nearest: {rival}, {p})": (
        "{brand} leder {way}, mer enn tilfeldig (nærmest: {rival}, {p})",
        "{brand} gaat aan kop {way}, meer dan door toeval (dichtstbij: {rival}, {p})",
    ),
    "{brand} is ahead {way}, but its lead over {rival} may be chance ({p})": (
        "{brand} ligger foran {way}, men ledelsen over {rival} kan være tilfeldig ({p})",
        "{brand} ligt voor {way}, maar de voorsprong op {rival} kan toeval zijn ({p})",
    ),
    "p < 0.001": ("p < 0,001", "p < 0,001"),
    "The leader changes with the way of counting: {leads:;}.": (
        "Hvem som leder, avhenger av hvordan det telles: {leads:;}.",
        "Wie aan kop gaat, hangt af van de manier van tellen: {leads:;}.",
    ),
    "{brand} is ahead in every way of counting.": (
        "{brand} ligger foran uansett hvordan det telles.",
        "{brand} ligt voor bij elke manier van tellen.",
    ),
    "The lead may be chance {ways}.": (
        "Ledelsen kan være tilfeldig {ways}.",
        "De voorsprong kan toeval zijn {ways}.",
    ),
    "the leader changes: {first} by mentions, {brand} {way}": (
        "lederen skifter: {first} etter omtaler, {brand} {way}",
        "de koploper wisselt: {first} naar vermeldingen, {brand} {way}",
    ),
    "{n} mentions that repeat an earlier one are set aside": (
        "omtaler som gjentar en tidligere, holdt utenfor: {n}",
        "vermeldingen die een eerdere herhalen, buiten beschouwing gelaten: {n}",
    ),
    "{n} mentions in which authors repeat themselves are set aside": (
        "omtaler der forfattere gjentar seg selv, holdt utenfor: {n}",
        "vermeldingen waarin auteurs zichzelf herhalen, buiten beschouwing gelaten: {n}",
    ),
    "{n} mentions are counted as {bursts}: copies by many accounts within minutes": (
        "{n} omtaler er talt som {bursts}: kopier fra mange kontoer i løpet av minutter",
        "{n} vermeldingen zijn geteld als {bursts}: kopieën door veel accounts binnen enkele minuten",
    ),
    "{n} mentions have no known author and are left out": (
        "omtaler med ukjent forfatter, utelatt: {n}",
        "vermeldingen zonder bekende auteur, weggelaten: {n}",
    ),
}
