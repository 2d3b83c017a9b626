"""What is said beside figures: warnings, and the words they are put together from. English: (Norwegian bokmål, Dutch)."""

TEXTS: dict[str, tuple[str, str]] = {
    # Collection
    "not collected": ("ikke innhentet", "niet verzameld"),
    "down": ("nede", "buiten werking"),
    "over budget": ("over budsjettet", "over budget"),
    "partly collected": ("delvis innhentet", "deels verzameld"),
    "and {n} more stretches that were not collected whole": (
        "og {n} perioder til som ikke ble hentet inn i sin helhet",
        "en nog {n} perioden die niet volledig zijn verzameld",
    ),
    "the period has not begun": ("perioden har ikke begynt", "de periode is nog niet begonnen"),
    "the period is still running": ("perioden pågår fortsatt", "de periode loopt nog"),
    "not closed yet: late posts may still change it": (
        "ikke avsluttet ennå: sene innlegg kan fortsatt endre tallet",
        "nog niet afgesloten: late berichten kunnen dit nog veranderen",
    ),
    "nothing is stored": ("ingenting er lagret", "er is niets opgeslagen"),
    "nothing is stored from before {day}": (
        "ingenting er lagret fra før {day}",
        "er is niets opgeslagen van vóór {day}",
    ),
    "its first day here is {day}": ("dens første dag her er {day}", "de eerste dag ervan hier is {day}"),
    "before: nothing is stored from before {day}": (
        "før: ingenting er lagret fra før {day}",
        "daarvoor: er is niets opgeslagen van vóór {day}",
    ),
    "before: {line}": ("før: {line}", "daarvoor: {line}"),
    # Labels and the model's errors
    "{n} of {of} mentions are not labelled yet": (
        "{n} av {of} omtaler er ikke vurdert ennå",
        "{n} van {of} vermeldingen zijn nog niet beoordeeld",
    ),
    "{n} of {of} mentions cannot be labelled": (
        "{n} av {of} omtaler kan ikke vurderes",
        "{n} van {of} vermeldingen kunnen niet worden beoordeeld",
    ),
    "counted as labelled: the model's errors are in the figure": (
        "telt slik modellen vurderte: modellens feil er med i tallet",
        "geteld zoals beoordeeld: de fouten van het model zitten in het cijfer",
    ),
    "nobody has measured this model's errors: corrected by a wide guess; {check}": (
        "ingen har målt feilene til denne modellen: korrigert med et romslig anslag; {check}",
        "niemand heeft de fouten van dit model gemeten: gecorrigeerd met een ruime schatting; {check}",
    ),
    "not checked for this brand yet: corrected from the model's errors on its own test sets; {check}": (
        "ikke kontrollert for denne merkevaren ennå: korrigert etter modellens feil på dens egne testsett; {check}",
        "nog niet gecontroleerd voor dit merk: gecorrigeerd met de fouten van het model op zijn eigen testsets; {check}",
    ),
    "`listener audit BRAND` checks 50 posts and narrows the interval": (
        "`listener audit BRAND` kontrollerer 50 innlegg og gjør intervallet smalere",
        "`listener audit BRAND` controleert 50 berichten en maakt het interval smaller",
    ),
    "this model has no test results of its own: the correction rests on {n} checked posts of this brand": (
        "denne modellen har ingen egne testresultater: korreksjonen bygger på {n} kontrollerte innlegg om denne merkevaren",
        "dit model heeft geen eigen testresultaten: de correctie berust op {n} gecontroleerde berichten over dit merk",
    ),
    "of the checked posts only {few:all}: the model's errors on such posts are roughly known": (
        "av de kontrollerte innleggene bare {few:all}: modellens feil på slike innlegg er bare omtrent kjent",
        "van de gecontroleerde berichten slechts {few:all}: de fouten van het model op zulke berichten zijn maar ongeveer bekend",
    ),
    "{n} negative": ("{n} negative", "{n} negatieve"),
    "{n} neutral": ("{n} nøytrale", "{n} neutrale"),
    "{n} positive": ("{n} positive", "{n} positieve"),
    # How much a figure rests on
    "p = {p:.2g}": ("p = {p:.2g}", "p = {p:.2g}"),
    "rests on {n} only": ("bygger på bare {n}", "berust op slechts {n}"),
    "the lead over {brand} ({first} to {second}) may be chance": (
        "ledelsen over {brand} ({first} mot {second}) kan være tilfeldig",
        "de voorsprong op {brand} ({first} tegen {second}) kan toeval zijn",
    ),
    "no mention in the period before to compare with": (
        "ingen omtale i forrige periode å sammenligne med",
        "geen vermelding in de vorige periode om mee te vergelijken",
    ),
    "compared with {n} only in the period before": (
        "sammenlignet med bare {n} i forrige periode",
        "vergeleken met slechts {n} in de vorige periode",
    ),
    "low and high are what posts usually reach of it, 2 % to 5 %: no error bar": (
        "nedre og øvre grense er hva innlegg vanligvis når av dette, 2 % til 5 %: ingen feilmargin",
        "onder- en bovengrens zijn wat berichten daarvan gewoonlijk bereiken, 2% tot 5%: geen foutmarge",
    ),
    "followers are not known of {n} of {of} authors": (
        "antall følgere er ukjent for {n} av {of} forfattere",
        "van {n} van de {of} auteurs is het aantal volgers niet bekend",
    ),
    "figures as read {age} after publication on average, of {n} of {of} mentions": (
        "tallene er lest i snitt {age} etter publisering, for {n} av {of} omtaler",
        "cijfers gelezen gemiddeld {age} na publicatie, van {n} van de {of} vermeldingen",
    ),
    "{n} min": ("{n} min", "{n} min"),
    "{n} h": ("{n} t", "{n} uur"),
    "{n} d": ("{n} døgn", "{n} dagen"),
    # Comparisons and changes
    "the period before": ("forrige periode", "de vorige periode"),
    "the year before": ("året før", "het jaar ervoor"),
    "{known}: {period} is not known whole": (
        "{known}: {period} er ikke kjent i sin helhet",
        "{known}: {period} is niet volledig bekend",
    ),
    "the time until {until:%Y-%m-%d %H:%M} is set against {other}": (
        "tiden frem til {until:%Y-%m-%d %H:%M} er sammenlignet med {other}",
        "de tijd tot {until:%Y-%m-%d %H:%M} is vergeleken met {other}",
    ),
    "the period has hardly begun: there is nothing to compare yet": (
        "perioden har så vidt begynt: det er ingenting å sammenligne ennå",
        "de periode is nog maar net begonnen: er valt nog niets te vergelijken",
    ),
    "nothing was counted in {period}, which was not collected whole": (
        "ingenting ble telt i {period}, som ikke ble hentet inn i sin helhet",
        "er is niets geteld in {period}, die niet volledig is verzameld",
    ),
    "no {figure} of the category: {why}": (
        "kategorien har ikke noe tall for «{figure}»: {why}",
        "geen cijfer voor “{figure}” van de categorie: {why}",
    ),
    "it is 100 % of itself": ("den er 100 % av seg selv", "ze is 100% van zichzelf"),
    "it cannot be put together for all brands": (
        "tallet kan ikke settes sammen for alle merkevarer",
        "het kan niet voor alle merken worden samengevoegd",
    ),
    "split as labelled ({metric}): corrected shares do not add up over networks": (
        "delt slik modellen vurderte ({metric}): korrigerte andeler kan ikke summeres over nettverk",
        "gesplitst zoals beoordeeld ({metric}): gecorrigeerde aandelen zijn niet optelbaar over netwerken",
    ),
    "too little is said of the others on {names} to tell the platform from the category": (
        "for lite er sagt om de andre på {names} til å skille plattformen fra kategorien",
        "er is op {names} te weinig over de anderen gezegd om het platform van de categorie te onderscheiden",
    ),
    # Imported facts and own posts
    "{facts}: imported for {n} of {of} days, {first} to {last}": (
        "{facts}: importert for {n} av {of} dager, {first} til {last}",
        "{facts}: geïmporteerd voor {n} van {of} dagen, {first} tot en met {last}",
    ),
    "{facts}: imported for {n} of {of} days, {first}": (
        "{facts}: importert for {n} av {of} dager, {first}",
        "{facts}: geïmporteerd voor {n} van {of} dagen, {first}",
    ),
    "{fact} of {channel}": ("{fact} fra {channel}", "{fact} van {channel}"),
    "{fact} as imported for {day}": (
        "{fact} slik de ble importert for {day}",
        "{fact} zoals geïmporteerd voor {day}",
    ),
    "{fact} of {channel} imported for {n} of {of} days only: what its posts tell is taken in their place": (
        "{fact} fra {channel} er bare importert for {n} av {of} dager: det innleggene selv forteller, er brukt i stedet",
        "{fact} van {channel} zijn slechts voor {n} van {of} dagen geïmporteerd: in plaats daarvan geldt wat de berichten zelf melden",
    ),
    "from followers as read on {first} and on {last}": (
        "ut fra følgertall lest {first} og {last}",
        "op basis van volgers zoals gelezen op {first} en op {last}",
    ),
    "{network}: the own posts were last read on {day}": (
        "{network}: egne innlegg ble sist lest {day}",
        "{network}: de eigen berichten zijn voor het laatst gelezen op {day}",
    ),
    "figures of money in {currencies} are left out: [money] rates has no rate for it": (
        "beløp i {currencies} er utelatt: [money] rates har ingen kurs for dem",
        "bedragen in {currencies} zijn weggelaten: [money] rates heeft daar geen koers voor",
    ),
    "imported facts are of whole days: none is counted of {day}, which the period holds in part": (
        "importerte tall gjelder hele dager: ingen er talt for {day}, som bare delvis er med i perioden",
        "geïmporteerde cijfers gelden voor hele dagen: niets is geteld van {day}, die maar deels in de periode valt",
    ),
    "{first} and {last}": ("{first} og {last}", "{first} en {last}"),
    "imported facts tell no language: none is counted where languages are chosen": (
        "importerte tall har ikke språk: ingen telles når språk er valgt",
        "geïmporteerde cijfers kennen geen taal: niets wordt geteld als talen zijn gekozen",
    ),
    "imported for {where}: what its posts tell is not added": (
        "importert for {where}: det innleggene selv forteller, er ikke lagt til",
        "geïmporteerd voor {where}: wat de berichten zelf melden is niet opgeteld",
    ),
    "all channels": ("alle kanaler", "alle kanalen"),
    "no channel": ("ingen kanal", "geen kanaal"),
    "every network": ("alle nettverk", "alle netwerken"),
    "{fact} as told of {n} of {of} own posts": (
        "{fact} er oppgitt for {n} av {of} egne innlegg",
        "{fact} is bekend van {n} van de {of} eigen berichten",
    ),
    "reach is added up over posts or imported days: who was reached twice counts twice": (
        "rekkevidden er summert over innlegg eller importerte dager: den som ble nådd to ganger, teller to ganger",
        "het bereik is opgeteld over berichten of geïmporteerde dagen: wie twee keer is bereikt, telt twee keer",
    ),
    "reach is above the impressions ({shown:,.0f}), which cannot be: check what was imported": (
        "rekkevidden er større enn visningene ({shown:,.0f}), og det kan ikke stemme: kontroller hva som er importert",
        "het bereik is groter dan de vertoningen ({shown:,.0f}), wat niet kan: controleer wat er is geïmporteerd",
    ),
    "the followers on {names} are in it, the reach there is not: --source compares like with like": (
        "følgerne på {names} er med, men ikke rekkevidden der: --source sammenligner likt med likt",
        "de volgers op {names} tellen mee, het bereik daar niet: --source vergelijkt gelijk met gelijk",
    ),
    "without {names}: not seen at the start of the period": (
        "uten {names}: ikke lest ved starten av perioden",
        "zonder {names}: niet gelezen aan het begin van de periode",
    ),
    "without the followers of {names}: not read in this time": (
        "uten følgerne på {names}: ikke lest i dette tidsrommet",
        "zonder de volgers van {names}: niet gelezen in deze periode",
    ),
    "the largest group is {group}; as declared or reported, nothing is inferred": (
        "den største gruppen er {group}; slik den er oppgitt eller rapportert, ingenting er gjettet",
        "de grootste groep is {group}; zoals opgegeven of gemeld, er is niets afgeleid",
    ),
    "the share of suspicious followers is not known: no suspicious_followers were imported": (
        "andelen mistenkelige følgere er ukjent: suspicious_followers er ikke importert",
        "het aandeel verdachte volgers is niet bekend: er zijn geen suspicious_followers geïmporteerd",
    ),
    "suspicious followers were imported for {names} alone: --source tells their share there": (
        "mistenkelige følgere er bare importert for {names}: --source viser andelen der",
        "verdachte volgers zijn alleen geïmporteerd voor {names}: --source toont hun aandeel daar",
    ),
    "of the {n} own posts that tell clicks and impressions": (
        "av de {n} egne innleggene med kjente klikk og visninger",
        "van de {n} eigen berichten waarvan klikken en vertoningen bekend zijn",
    ),
    "not split by sentiment: no labelled reply to these posts is among the mentions": (
        "ikke delt etter stemning: ingen vurderte svar på disse innleggene finnes blant omtalene",
        "niet uitgesplitst naar sentiment: onder de vermeldingen is geen beoordeelde reactie op deze berichten",
    ),
    "taken from value": ("regnet av value", "berekend uit value"),
    "taken from revenue: no value was imported": (
        "regnet av inntektene: value er ikke importert",
        "berekend uit de omzet: er is geen value geïmporteerd",
    ),
    "a lifespan of {n:g} as imported, at the purchases of this period: a lifespan in years asks for a year": (
        "et kundeforhold på {n:g} som importert, med kjøpene i denne perioden: et kundeforhold i år krever et år",
        "een klantduur van {n:g} zoals geïmporteerd, bij de aankopen van deze periode: een duur in jaren vraagt om een jaar",
    ),
    "a lifespan of 1 is taken, so of this period: no customer_lifespan was imported": (
        "et kundeforhold på 1 er brukt, altså denne perioden: customer_lifespan er ikke importert",
        "er is een klantduur van 1 gebruikt, dus van deze periode: er is geen customer_lifespan geïmporteerd",
    ),
    "customers are added up over the imported days: who ordered on two of them counts twice": (
        "kundene er summert over de importerte dagene: den som bestilte på to av dem, teller to ganger",
        "klanten zijn opgeteld over de geïmporteerde dagen: wie op twee dagen bestelde, telt twee keer",
    ),
    "more {above} than {below}: are both of the same channels and days?": (
        "større {above} enn {below}: gjelder begge de samme kanalene og dagene?",
        "meer {above} dan {below}: zijn beide van dezelfde kanalen en dagen?",
    ),
    "{above} is of {one} and {below} of {other}: --source compares like with like": (
        "{above} gjelder {one} og {below} {other}: --source sammenligner likt med likt",
        "{above} is van {one} en {below} van {other}: --source vergelijkt gelijk met gelijk",
    ),
    "without an influencer: {part:,.2f} of {whole:,.2f} {currency} of {fact}": (
        "uten influenser: {part:,.2f} av {whole:,.2f} {currency} {fact}",
        "zonder influencer: {part:,.2f} van {whole:,.2f} {currency} {fact}",
    ),
    "imported reach against {n} own posts: is it of the same posts?": (
        "importert rekkevidde mot {n} egne innlegg: gjelder den de samme innleggene?",
        "geïmporteerd bereik tegenover {n} eigen berichten: gaat het om dezelfde berichten?",
    ),
    "without {names}: not told": ("uten {names}: ikke oppgitt", "zonder {names}: niet bekend"),
    "{n} of {of} own posts are left out: interactions or followers at that time not known": (
        "{n} av {of} egne innlegg er utelatt: interaksjoner eller følgere på det tidspunktet er ukjent",
        "{n} van de {of} eigen berichten zijn weggelaten: interacties of volgers op dat moment niet bekend",
    ),
    "without the posts on {names}: its followers are not known": (
        "uten innleggene på {names}: antall følgere der er ukjent",
        "zonder de berichten op {names}: de volgers daar zijn niet bekend",
    ),
    "no own post's network tells its format": (
        "ingen av de egne innleggenes nettverk oppgir format",
        "geen netwerk van de eigen berichten meldt het formaat",
    ),
    "what goes together, not what tags do": (
        "viser hva som opptrer sammen, ikke hva emneknaggene fører til",
        "toont wat samengaat, niet wat hashtags veroorzaken",
    ),
    "of {n} tags those used most; one in twenty intervals misses by chance": (
        "de mest brukte av {n} emneknagger; ett av tjue intervaller bommer ved en tilfeldighet",
        "de meest gebruikte van {n} hashtags; één op de twintig intervallen zit er bij toeval naast",
    ),
    # Surveys, reviews and service
    "{n:,} imported {fact} answers are left out: their score is none": (
        "{n:,} importerte {fact}-svar er utelatt: poengene deres er ikke gyldige",
        "{n:,} geïmporteerde {fact}-antwoorden zijn weggelaten: hun score is ongeldig",
    ),
    "the variant is the mean of the scale": (
        "varianten er gjennomsnittet av skalaen",
        "de variant is het gemiddelde van de schaal",
    ),
    "the variant is the share of 4 and 5": (
        "varianten er andelen 4 og 5",
        "de variant is het aandeel van 4 en 5",
    ),
    "as imported: the public reviews are not added, which may be the same": (
        "som importert: de offentlige anmeldelsene er ikke lagt til, siden de kan være de samme",
        "zoals geïmporteerd: de openbare recensies zijn niet opgeteld, want dat kunnen dezelfde zijn",
    ),
    "from imported cases; public replies are not added, which may be the same cases": (
        "fra importerte saker; offentlige svar er ikke lagt til, siden de kan gjelde de samme sakene",
        "uit geïmporteerde zaken; openbare antwoorden zijn niet opgeteld, want dat kunnen dezelfde zaken zijn",
    ),
    "from imported cases; those worked on here are not added": (
        "fra importerte saker; saker som er behandlet her, er ikke lagt til",
        "uit geïmporteerde zaken; zaken die hier zijn behandeld, zijn niet opgeteld",
    ),
    "{n:,} of {of:,} still wait": ("{n:,} av {of:,} venter fortsatt", "{n:,} van de {of:,} wachten nog"),
    "within {n:g} minutes": ("innen {n:g} minutter", "binnen {n:g} minuten"),
}
