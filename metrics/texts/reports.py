"""The sentences and headings of reports. English: (Norwegian bokmål, Dutch)."""

TEXTS: dict[str, tuple[str, str]] = {
    # Headings
    "In short": ("Kort fortalt", "In het kort"),
    "Figures": ("Tall", "Cijfers"),
    "What people said": ("Hva folk sa", "Wat mensen zeiden"),
    "original": ("original", "origineel"),
    "How these figures were made": ("Slik er tallene laget", "Hoe deze cijfers tot stand kwamen"),
    "What was collected": ("Hva som er hentet inn", "Wat is verzameld"),
    "Receipts": ("Kvitteringer", "Herleidingen"),
    "Each number in brackets in the summary. The command computes the figure again and names the posts behind it.": (
        "Hvert tall i hakeparentes i sammendraget. Kommandoen regner ut tallet på nytt og viser innleggene bak det.",
        "Elk nummer tussen haken in de samenvatting. De opdracht berekent het cijfer opnieuw en noemt de berichten erachter.",
    ),
    "Grey: not collected whole.": ("Grått: ikke hentet inn i sin helhet.", "Grijs: niet volledig verzameld."),
    "Mentions per day": ("Omtaler per dag", "Vermeldingen per dag"),
    "Net sentiment per day": ("Nettostemning per dag", "Nettosentiment per dag"),
    "The band holds 95 % of what chance and the model's known errors leave open.": (
        "Båndet dekker 95 % av det tilfeldigheter og modellens kjente feil lar stå åpent.",
        "De band bevat 95% van wat toeval en de bekende fouten van het model openlaten.",
    ),
    "{brands} and others": ("{brands} og andre", "{brands} en andere"),
    # The summary
    "Nothing is stored of these days.": (
        "Ingenting er lagret fra disse dagene.",
        "Van deze dagen is niets opgeslagen.",
    ),
    "Nothing is stored of these days: the first posts are of {day}.": (
        "Ingenting er lagret fra disse dagene: de første innleggene er fra {day}.",
        "Van deze dagen is niets opgeslagen: de eerste berichten zijn van {day}.",
    ),
    "{brand} was not mentioned.": ("{brand} ble ikke omtalt.", "{brand} werd niet vermeld."),
    "{brand} was mentioned once{since}.": (
        "{brand} ble omtalt én gang{since}.",
        "{brand} werd één keer vermeld{since}.",
    ),
    "{brand} was mentioned {n} times{since}.": (
        "{brand} ble omtalt {n} ganger{since}.",
        "{brand} werd {n} keer vermeld{since}.",
    ),
    "; the period before is not known": (
        "; forrige periode er ikke kjent",
        "; de vorige periode is niet bekend",
    ),
    "{so_far} until {until}, {was} from {then}": (
        "{so_far} til {until}, {was} fra {then}",
        "{so_far} tot {until}, {was} van {then}",
    ),
    "; the period before was not collected alike, so no change is given": (
        "; forrige periode ble ikke hentet inn på samme måte, så ingen endring er oppgitt",
        "; de vorige periode is niet op dezelfde manier verzameld, dus er wordt geen verandering gegeven",
    ),
    ", as often as in the period before ({was})": (
        ", like ofte som i forrige periode ({was})",
        ", even vaak als in de vorige periode ({was})",
    ),
    ", {times:,.1f} times as often as in the period before ({was})": (
        ", {times:,.1f} ganger så ofte som i forrige periode ({was})",
        ", {times:,.1f} keer zo vaak als in de vorige periode ({was})",
    ),
    ", {n:.0f} % more than in the period before ({was})": (
        ", {n:.0f} % mer enn i forrige periode ({was})",
        ", {n:.0f}% meer dan in de vorige periode ({was})",
    ),
    ", {n:.0f} % less than in the period before ({was})": (
        ", {n:.0f} % mindre enn i forrige periode ({was})",
        ", {n:.0f}% minder dan in de vorige periode ({was})",
    ),
    ", a difference that chance alone may make": (
        ", en forskjell som kan være tilfeldig",
        ", een verschil dat toeval kan zijn",
    ),
    "{share} of all that was said about the tracked brands was about {brand}": (
        "{share} av all omtale av merkevarene gjaldt {brand}",
        "{share} van alles wat over de gevolgde merken is gezegd, ging over {brand}",
    ),
    "{part}: {n:.0f} points ahead of {rival}": (
        "{part}: {n:.0f} prosentpoeng foran {rival}",
        "{part}: {n:.0f} procentpunt voor op {rival}",
    ),
    "{part}: {n:.0f} points behind {rival}": (
        "{part}: {n:.0f} prosentpoeng bak {rival}",
        "{part}: {n:.0f} procentpunt achter op {rival}",
    ),
    ", a lead that is real": (", en reell ledelse", ", een echte voorsprong"),
    ", a real gap": (", en reell forskjell", ", een echt verschil"),
    ", too close to call": (", for jevnt til å avgjøre", ", te dicht bij elkaar om te beslissen"),
    "net sentiment {net}": ("nettostemning {net}", "nettosentiment {net}"),
    "net sentiment {net}, between {low} and {high}": (
        "nettostemning {net}, mellom {low} og {high}",
        "nettosentiment {net}, tussen {low} en {high}",
    ),
    "Whether more people spoke well or ill of {brand} cannot be told ({shown})": (
        "Det er ikke mulig å si om flere snakket godt eller dårlig om {brand} ({shown})",
        "Of meer mensen goed of slecht over {brand} spraken, valt niet te zeggen ({shown})",
    ),
    "More people spoke well of {brand} than ill ({shown})": (
        "Flere snakket godt om {brand} enn dårlig ({shown})",
        "Meer mensen spraken goed over {brand} dan slecht ({shown})",
    ),
    "More people spoke ill of {brand} than well ({shown})": (
        "Flere snakket dårlig om {brand} enn godt ({shown})",
        "Meer mensen spraken slecht over {brand} dan goed ({shown})",
    ),
    ", {n:.0f} points better than in the period before": (
        ", {n:.0f} poeng bedre enn i forrige periode",
        ", {n:.0f} punten beter dan in de vorige periode",
    ),
    ", {n:.0f} points worse than in the period before": (
        ", {n:.0f} poeng dårligere enn i forrige periode",
        ", {n:.0f} punten slechter dan in de vorige periode",
    ),
    "The most negative day was {day}: {share} of {n:,} labelled mentions.": (
        "Den mest negative dagen var {day}: {share} av {n:,} vurderte omtaler.",
        "De negatiefste dag was {day}: {share} van {n:,} beoordeelde vermeldingen.",
    ),
    "The goal is {state}: {goal}.": ("Målet er {state}: {goal}.", "Status van het doel: {state} ({goal})."),
    "{good} of {all}": ("{good} av {all}", "{good} van {all}"),
    "{good} of {all} goals are on track or met.": (
        "{good} av {all} mål er i rute eller nådd.",
        "{good} van de {all} doelen liggen op schema of zijn gehaald.",
    ),
    "Not so: {goal} ({state}{chance}).": (
        "Ikke dette: {goal} ({state}{chance}).",
        "Niet dit doel: {goal} ({state}{chance}).",
    ),
    ", with a chance of {n:.0f} % of being met": (
        ", med {n:.0f} % sjanse for å nås",
        ", met {n:.0f}% kans om gehaald te worden",
    ),
    "“{name}” ({n} of {of} people)": ("«{name}» ({n} av {of} personer)", "“{name}” ({n} van {of} mensen)"),
    "What is new in the negative mentions of {brand} is {drivers:and}.": (
        "Nytt i de negative omtalene av {brand}: {drivers:and}.",
        "Nieuw in de negatieve vermeldingen van {brand}: {drivers:and}.",
    ),
    "What is new in the neutral mentions of {brand} is {drivers:and}.": (
        "Nytt i de nøytrale omtalene av {brand}: {drivers:and}.",
        "Nieuw in de neutrale vermeldingen van {brand}: {drivers:and}.",
    ),
    "What is new in the positive mentions of {brand} is {drivers:and}.": (
        "Nytt i de positive omtalene av {brand}: {drivers:and}.",
        "Nieuw in de positieve vermeldingen van {brand}: {drivers:and}.",
    ),
    "What drives the negative mentions": (
        "Hva som driver de negative omtalene",
        "Wat de negatieve vermeldingen bepaalt",
    ),
    "What drives the positive mentions": (
        "Hva som driver de positive omtalene",
        "Wat de positieve vermeldingen bepaalt",
    ),
    "{n:,} mentions": ("{n:,} omtaler", "{n:,} vermeldingen"),
    "No alert was raised{wrong}.": (
        "Ingen varsler ble utløst{wrong}.",
        "Er kwam geen enkele melding{wrong}.",
    ),
    "One alert was raised{wrong}.": ("Ett varsel ble utløst{wrong}.", "Er kwam één melding{wrong}."),
    "{n} alerts were raised{wrong}.": ("{n} varsler ble utløst{wrong}.", "Er kwamen {n} meldingen{wrong}."),
    "; {n} of them marked as false": ("; {n} av dem merket som falske", "; {n} daarvan als vals aangemerkt"),
    "All posts were imported; whether the files held everything is not known.": (
        "Alle innlegg er importert; om filene inneholdt alt, er ikke kjent.",
        "Alle berichten zijn geïmporteerd; of de bestanden alles bevatten, is niet bekend.",
    ),
    "No hole in the collection of these days is known.": (
        "Det er ingen kjente hull i innhentingen for disse dagene.",
        "Voor deze dagen zijn geen hiaten in de verzameling bekend.",
    ),
    "Not everything was collected: {sources}; the last pages say when.": (
        "Ikke alt er hentet inn: {sources}; de siste sidene viser når.",
        "Niet alles is verzameld: {sources}; de laatste pagina's vermelden wanneer.",
    ),
    "{n} % whole": ("{n} % komplett", "{n}% volledig"),
    "nothing": ("ingenting", "niets"),
    # Tables
    "Headline figures": ("Hovedtall", "Kerncijfers"),
    "In brackets: 95 % of what chance and the model's known errors leave open. "
    "Changes are against the period before, where that was collected alike.": (
        "I hakeparentes: 95 % av det tilfeldigheter og modellens kjente feil lar stå åpent. "
        "Endringer er målt mot forrige periode, der den ble hentet inn på samme måte.",
        "Tussen haken: 95% van wat toeval en de bekende fouten van het model openlaten. "
        "Veranderingen zijn ten opzichte van de vorige periode, als die op dezelfde manier is verzameld.",
    ),
    " The period still runs: until {until} it is set against {then}.": (
        " Perioden pågår fortsatt: frem til {until} er den sammenlignet med {then}.",
        " De periode loopt nog: tot {until} is ze vergeleken met {then}.",
    ),
    "(may be chance)": ("(kan være tilfeldig)", "(kan toeval zijn)"),
    "Goal": ("Mål", "Doel"),
    "Goals": ("Mål", "Doelen"),
    "State": ("Status", "Status"),
    "Now": ("Nå", "Nu"),
    "Target": ("Målverdi", "Streefwaarde"),
    "Progress": ("Framgang", "Voortgang"),
    "Chance": ("Sjanse", "Kans"),
    "Owner": ("Ansvarlig", "Verantwoordelijk"),
    "{n:.0f} %": ("{n:.0f} %", "{n:.0f}%"),
    "Alerts": ("Varsler", "Meldingen"),
    "Opened": ("Åpnet", "Geopend"),
    "What": ("Hva", "Wat"),
    "Severity": ("Alvorlighet", "Ernst"),
    "Lasted": ("Varte", "Duur"),
    "Called": ("Vurdert som", "Oordeel"),
    "notice": ("merknad", "ter info"),
    "warning": ("advarsel", "waarschuwing"),
    "critical": ("kritisk", "kritiek"),
    "real": ("reelt", "echt"),
    "false alarm": ("falsk alarm", "vals alarm"),
    "open": ("åpent", "open"),
    "{n:.0f} days": ("{n:.0f} dager", "{n:.0f} dagen"),
    "{n:.0f} h": ("{n:.0f} t", "{n:.0f} uur"),
    "{n:.0f} min": ("{n:.0f} min", "{n:.0f} min"),
    "By network": ("Per nettverk", "Per netwerk"),
    "Network": ("Nettverk", "Netwerk"),
    "Brand": ("Merkevare", "Merk"),
    "Labelled negative": ("Vurdert som negative", "Als negatief beoordeeld"),
    "Share of voice there": ("Andel av omtalen der", "Aandeel van het gesprek daar"),
    "What the figures mean": ("Hva tallene betyr", "Wat de cijfers betekenen"),
    "Figure": ("Tall", "Cijfer"),
    "Formula": ("Formel", "Formule"),
    "Version": ("Versjon", "Versie"),
    "Source": ("Kilde", "Bron"),
    # Posts
    "most reactions": ("flest reaksjoner", "meeste reacties"),
    "largest audience": ("størst publikum", "grootste publiek"),
    "unknown author": ("ukjent forfatter", "onbekende auteur"),
    "labelled by a person": ("vurdert av en person", "beoordeeld door een persoon"),
    "{n} % sure": ("{n} % sikker", "{n}% zeker"),
    "{author} on {network}, {at} · positive toward {brand} · {why}": (
        "{author} på {network}, {at} · positiv til {brand} · {why}",
        "{author} op {network}, {at} · positief over {brand} · {why}",
    ),
    "{author} on {network}, {at} · neutral toward {brand} · {why}": (
        "{author} på {network}, {at} · nøytral til {brand} · {why}",
        "{author} op {network}, {at} · neutraal over {brand} · {why}",
    ),
    "{author} on {network}, {at} · negative toward {brand} · {why}": (
        "{author} på {network}, {at} · negativ til {brand} · {why}",
        "{author} op {network}, {at} · negatief over {brand} · {why}",
    ),
    # The method
    "Days begin at midnight in {zone}. The report is of what is stored; posts that were deleted since are gone from it.": (
        "Dager begynner ved midnatt i {zone}. Rapporten bygger på det som er lagret; innlegg som er slettet siden, er ikke med.",
        "Dagen beginnen om middernacht in {zone}. Het rapport gaat over wat is opgeslagen; sindsdien verwijderde berichten zitten er niet in.",
    ),
    "Mentions are posts about a brand, reposts left out; a post about two brands is a mention of each.": (
        "Omtaler er innlegg om en merkevare, uten rene delinger; et innlegg om to merkevarer er en omtale av hver.",
        "Vermeldingen zijn berichten over een merk, zonder reposts; een bericht over twee merken is een vermelding van elk.",
    ),
    "Labels are by {model}. Net sentiment and the negative share are corrected for the errors it is known to make; "
    "“labelled” figures are counted as they are.": (
        "Stemningen er vurdert av {model}. Nettostemning og negativ andel er korrigert for feilene modellen er kjent for å gjøre; "
        "tall «som vurdert» er talt slik de er.",
        "Het sentiment is beoordeeld door {model}. Nettosentiment en negatief aandeel zijn gecorrigeerd voor de bekende fouten van het model; "
        "cijfers “zoals beoordeeld” zijn geteld zoals ze zijn.",
    ),
    "No mention has a label yet: run listener label.": (
        "Ingen omtale er vurdert ennå: kjør listener label.",
        "Nog geen vermelding is beoordeeld: voer listener label uit.",
    ),
    "Only {what:;}.": ("Bare {what:;}.", "Alleen {what:;}."),
    "networks {names}": ("nettverkene {names}", "de netwerken {names}"),
    "languages {names}": ("språkene {names}", "de talen {names}"),
    "campaign {name}": ("kampanjen {name}", "de campagne {name}"),
    "the query {query}": ("søket {query}", "de zoekopdracht {query}"),
    "The last days are not closed yet: posts that come late may still change these figures.": (
        "De siste dagene er ikke avsluttet ennå: innlegg som kommer sent, kan fortsatt endre tallene.",
        "De laatste dagen zijn nog niet afgesloten: berichten die laat binnenkomen, kunnen deze cijfers nog veranderen.",
    ),
    "Posts on {networks} are counted and not quoted: the network's terms let nobody hand their text on.": (
        "Innlegg på {networks} er talt, men ikke sitert: nettverkets vilkår tillater ikke at teksten gis videre.",
        "Berichten op {networks} zijn geteld en niet geciteerd: de voorwaarden van het netwerk staan niet toe hun tekst door te geven.",
    ),
    "{brand} is what meets the query: {query}": (
        "{brand} er det som treffes av søket: {query}",
        "{brand} is wat aan de zoekopdracht voldoet: {query}",
    ),
    "complete": ("komplett", "volledig"),
    "partial": ("delvis", "deels"),
    "gap": ("ikke hentet inn", "niet verzameld"),
    ", {n:.0f} % of the time whole": (", {n:.0f} % av tiden komplett", ", {n:.0f}% van de tijd volledig"),
    "No source is collected: all posts were imported, and what the files left out is not known.": (
        "Ingen kilde hentes inn: alle innlegg er importert, og hva filene utelot, er ikke kjent.",
        "Er wordt geen bron verzameld: alle berichten zijn geïmporteerd, en wat de bestanden weglieten is niet bekend.",
    ),
    # The workbook
    "Summary": ("Sammendrag", "Samenvatting"),
    "Chart {n}": ("Diagram {n}", "Grafiek {n}"),
    "Table {n}": ("Tabell {n}", "Tabel {n}"),
    "Posts": ("Innlegg", "Berichten"),
    "Method": ("Metode", "Methode"),
    "Label": ("Stemning", "Sentiment"),
    "Author": ("Forfatter", "Auteur"),
    "Time": ("Tidspunkt", "Tijdstip"),
    "Text": ("Tekst", "Tekst"),
    "Link": ("Lenke", "Link"),
    "Number": ("Nummer", "Nummer"),
    "Value": ("Verdi", "Waarde"),
    "n": ("n", "n"),
    "Command": ("Kommando", "Opdracht"),
    "From": ("Fra", "Van"),
    "Until": ("Til", "T/m"),
    "Low": ("Nedre", "Onder"),
    "High": ("Øvre", "Boven"),
    "Unit": ("Enhet", "Eenheid"),
    "Before": ("Før", "Eerder"),
    "Change": ("Endring", "Verandering"),
    "Warnings": ("Forbehold", "Kanttekeningen"),
    "Day": ("Dag", "Dag"),
    "positive": ("positiv", "positief"),
    "neutral": ("nøytral", "neutraal"),
    "negative": ("negativ", "negatief"),
}
