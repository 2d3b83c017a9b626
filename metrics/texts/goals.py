"""Goals in words, how they stand, why a figure changed, and what a receipt says. English: (Norwegian bokmål, Dutch)."""

TEXTS: dict[str, tuple[str, str]] = {
    # A goal in one line
    "{aim} {kpi} by {day}": ("{kpi}: {aim} innen {day}", "{kpi}: {aim} uiterlijk {day}"),
    "{goal} for {name}": ("{goal} for {name}", "{goal} voor {name}"),
    "{goal} on {name}": ("{goal} på {name}", "{goal} op {name}"),
    "{goal} in campaign {name}": ("{goal} i kampanjen {name}", "{goal} in de campagne {name}"),
    "to {n}": ("til {n}", "naar {n}"),
    "to {n} %": ("til {n} %", "naar {n}%"),
    "{n} %": ("{n} %", "{n}%"),
    "{n} points": ("{n} poeng", "{n} punten"),
    "{n:,.1f} %": ("{n:,.1f} %", "{n:,.1f}%"),
    "{n:,.2f} %": ("{n:,.2f} %", "{n:,.2f}%"),
    "{n:+.1f} %": ("{n:+.1f} %", "{n:+.1f}%"),
    "{n:+.1f} points": ("{n:+.1f} poeng", "{n:+.1f} punten"),
    # States
    "missed": ("ikke nådd", "niet gehaald"),
    "at risk": ("i fare", "in gevaar"),
    "behind": ("på etterskudd", "achter op schema"),
    "waiting": ("venter", "wacht"),
    "new": ("nytt", "nieuw"),
    "on track": ("i rute", "op schema"),
    "met": ("nådd", "gehaald"),
    # What waits
    "it begins on {day}": ("det begynner {day}", "het begint op {day}"),
    "{kpi} has no figure in the days before {day}": (
        "{kpi} har ikke noe tall for dagene før {day}",
        "{kpi} heeft geen cijfer in de dagen vóór {day}",
    ),
    "{kpi} has no figure in the {days}": (
        "{kpi} har ikke noe tall i {days}",
        "{kpi} heeft geen cijfer in {days}",
    ),
    "{n} days, {first} to {last}": ("{n} dager, {first} til {last}", "{n} dagen, {first} t/m {last}"),
    "the first post is of {day}": ("det første innlegget er fra {day}", "het eerste bericht is van {day}"),
    "needs {kpi} from {day} on: {since}; import or backfill earlier posts, or begin later": (
        "trenger {kpi} fra og med {day}: {since}; importer eller hent tidligere innlegg, eller begynn senere",
        "heeft {kpi} vanaf {day} nodig: {since}; importeer of haal eerdere berichten op, of begin later",
    ),
    "{kpi} was 0 then, and a percentage of nothing is nothing: name a number, as in +50": (
        "{kpi} var 0 da, og en prosent av ingenting er ingenting: oppgi et antall, som i +50",
        "{kpi} was toen 0, en een percentage van niets is niets: noem een aantal, zoals +50",
    ),
    "too little history ({n} full week; {needed} are needed)": (
        "for lite historikk ({n} hel uke; {needed} trengs)",
        "te weinig historie ({n} volle week; {needed} nodig)",
    ),
    "too little history ({n} full weeks; {needed} are needed)": (
        "for lite historikk ({n} hele uker; {needed} trengs)",
        "te weinig historie ({n} volle weken; {needed} nodig)",
    ),
    "no figure in the last full weeks": (
        "ikke noe tall for de siste hele ukene",
        "geen cijfer in de laatste volle weken",
    ),
    # What keeps a goal honest
    "nobody is named who answers for it: --owner NAME, or owner in config.toml": (
        "ingen er oppgitt som ansvarlig: --owner NAME, eller owner i config.toml",
        "er is niemand genoemd die ervoor verantwoordelijk is: --owner NAME, of owner in config.toml",
    ),
    "it does not say why it matters: --reason TEXT, or reason in config.toml": (
        "det står ikke hvorfor det er viktig: --reason TEXT, eller reason i config.toml",
        "er staat niet waarom het ertoe doet: --reason TEXT, of reason in config.toml",
    ),
    "the goal lowers {kpi}, of which more is better": (
        "målet senker {kpi}, der mer er bedre",
        "het doel verlaagt {kpi}, waarvan meer beter is",
    ),
    "the goal raises {kpi}, of which less is better": (
        "målet øker {kpi}, der mindre er bedre",
        "het doel verhoogt {kpi}, waarvan minder beter is",
    ),
    "the target is the baseline: nothing has to change": (
        "målet er lik utgangspunktet: ingenting trenger å endre seg",
        "het doel is gelijk aan het uitgangspunt: er hoeft niets te veranderen",
    ),
    "{target} cannot be: {kpi} is {end} at most": (
        "{target} er ikke mulig: {kpi} er høyst {end}",
        "{target} is niet mogelijk: {kpi} is hoogstens {end}",
    ),
    "{target} cannot be: {kpi} is {end} at least": (
        "{target} er ikke mulig: {kpi} er minst {end}",
        "{target} is niet mogelijk: {kpi} is minstens {end}",
    ),
    "{kpi} means little alone: set a goal for what it should lead to beside it": (
        "{kpi} sier lite alene: sett også et mål for det den skal føre til",
        "{kpi} zegt op zichzelf weinig: stel ook een doel voor waar het toe moet leiden",
    ),
    "the figure is known only to within {width:,.1f}, and a change of {change:,.1f} is wanted: its progress is mostly chance": (
        "tallet er bare kjent innenfor {width:,.1f}, og målet er en endring på {change:,.1f}: framgangen er mest tilfeldig",
        "het cijfer is maar tot op {width:,.1f} bekend, en er is een verandering van {change:,.1f} gewenst: de voortgang is vooral toeval",
    ),
    "its own history makes the target all but certain: a goal may ask for more": (
        "historikken gjør det nesten sikkert at målet nås: det kan kreve mer",
        "de eigen historie maakt het doel bijna zeker: een doel mag meer vragen",
    ),
    "implausible: {target} by {day} lies outside what its own history makes likely ({low} to {high}, 95 %)": (
        "lite sannsynlig: {target} innen {day} ligger utenfor det historikken tilsier ({low} til {high}, 95 %)",
        "onwaarschijnlijk: {target} uiterlijk {day} ligt buiten wat de eigen historie aannemelijk maakt ({low} tot {high}, 95%)",
    ),
    "{line}; {record}, and it asks for {asked}": (
        "{line}; {record}, og målet krever {asked}",
        "{line}; {record}, en het doel vraagt {asked}",
    ),
    "{brand}'s {kpi}": ("{kpi} for {brand}", "{kpi} van {brand}"),
    "in the last {n} weeks {name} never rose by more than {most:.1f} % within {weeks} weeks": (
        "de siste {n} ukene steg {name} aldri mer enn {most:.1f} % i løpet av {weeks} uker",
        "in de laatste {n} weken steeg {name} nooit meer dan {most:.1f}% binnen {weeks} weken",
    ),
    "in the last {n} weeks {name} never rose by more than {most:.1f} points within {weeks} weeks": (
        "de siste {n} ukene steg {name} aldri mer enn {most:.1f} poeng i løpet av {weeks} uker",
        "in de laatste {n} weken steeg {name} nooit meer dan {most:.1f} punten binnen {weeks} weken",
    ),
    "in the last {n} weeks {name} never rose at all within {weeks} weeks": (
        "de siste {n} ukene steg {name} aldri i løpet av {weeks} uker",
        "in de laatste {n} weken steeg {name} nooit binnen {weeks} weken",
    ),
    "in the last {n} weeks {name} never fell by more than {most:.1f} % within {weeks} weeks": (
        "de siste {n} ukene falt {name} aldri mer enn {most:.1f} % i løpet av {weeks} uker",
        "in de laatste {n} weken daalde {name} nooit meer dan {most:.1f}% binnen {weeks} weken",
    ),
    "in the last {n} weeks {name} never fell by more than {most:.1f} points within {weeks} weeks": (
        "de siste {n} ukene falt {name} aldri mer enn {most:.1f} poeng i løpet av {weeks} uker",
        "in de laatste {n} weken daalde {name} nooit meer dan {most:.1f} punten binnen {weeks} weken",
    ),
    "in the last {n} weeks {name} never fell at all within {weeks} weeks": (
        "de siste {n} ukene falt {name} aldri i løpet av {weeks} uker",
        "in de laatste {n} weken daalde {name} nooit binnen {weeks} weken",
    ),
    "the target lies within what chance does to {now}": (
        "målet ligger innenfor det tilfeldigheter gjør med {now}",
        "het doel ligt binnen wat toeval met {now} doet",
    ),
    # What changed, and why
    "negative share": ("negativ andel", "negatief aandeel"),
    "Whether {brand}'s {what} changed cannot be said: {why}.": (
        "Endring kan ikke fastslås ({what} for {brand}): {why}.",
        "Verandering niet vast te stellen ({what} van {brand}): {why}.",
    ),
    "Why {brand}'s {what} changed cannot be said: {why}.": (
        "Årsaken til endringen kan ikke fastslås ({what} for {brand}): {why}.",
        "Oorzaak van de verandering niet vast te stellen ({what} van {brand}): {why}.",
    ),
    "{brand}'s mentions stayed at {after:,.0f}.": (
        "{brand} ble omtalt like ofte som før: {after:,.0f} ganger.",
        "{brand} werd even vaak vermeld als eerder: {after:,.0f} keer.",
    ),
    "{brand}'s negative share stayed at {after:,.1f} %.": (
        "Den negative andelen for {brand} holdt seg på {after:,.1f} %.",
        "Het negatieve aandeel van {brand} bleef op {after:,.1f}%.",
    ),
    "{moved}: {everyone} is what everyone did, {own} its own{chance}.": (
        "{moved}: {everyone} gjelder hele markedet, {own} bare merkevaren selv{chance}.",
        "{moved}: {everyone} geldt voor iedereen, {own} voor het merk zelf{chance}.",
    ),
    "{brand}'s mentions rose from {before:,.0f} to {after:,.0f}": (
        "Omtalen av {brand} steg fra {before:,.0f} til {after:,.0f}",
        "Het aantal vermeldingen van {brand} steeg van {before:,.0f} naar {after:,.0f}",
    ),
    "{brand}'s mentions fell from {before:,.0f} to {after:,.0f}": (
        "Omtalen av {brand} falt fra {before:,.0f} til {after:,.0f}",
        "Het aantal vermeldingen van {brand} daalde van {before:,.0f} naar {after:,.0f}",
    ),
    "{brand}'s negative share rose from {before:,.1f} to {after:,.1f} %": (
        "Den negative andelen for {brand} steg fra {before:,.1f} til {after:,.1f} %",
        "Het negatieve aandeel van {brand} steeg van {before:,.1f} naar {after:,.1f}%",
    ),
    "{brand}'s negative share fell from {before:,.1f} to {after:,.1f} %": (
        "Den negative andelen for {brand} falt fra {before:,.1f} til {after:,.1f} %",
        "Het negatieve aandeel van {brand} daalde van {before:,.1f} naar {after:,.1f}%",
    ),
    "{n:+,.1f} points": ("{n:+,.1f} poeng", "{n:+,.1f} punten"),
    ", which may be chance": (", noe som kan være tilfeldig", ", wat toeval kan zijn"),
    # A receipt that is checked again
    "the restatements account for every mention that came or went": (
        "omregningene forklarer hver omtale som kom til eller falt bort",
        "de herzieningen verklaren elke vermelding die erbij kwam of wegviel",
    ),
    "the posts' figures were read again since: likes and shares grow for days": (
        "innleggenes tall er lest på nytt siden: likerklikk og delinger vokser i flere dager",
        "de cijfers van de berichten zijn sindsdien opnieuw gelezen: likes en gedeelde berichten groeien dagenlang",
    ),
    "what it rests on was imported or observed again since: no log is kept of that": (
        "det tallet bygger på, er importert eller lest på nytt siden: det føres ingen logg over det",
        "waar het op berust is sindsdien opnieuw geïmporteerd of gelezen: daarvan wordt geen logboek bijgehouden",
    ),
    "what changed leaves no restatement: the figures of networks or accounts beside the posts were read again": (
        "det som er endret, gir ingen omregning: nettverkenes eller kontoenes tall ved siden av innleggene er lest på nytt",
        "wat veranderde geeft geen herziening: de cijfers van netwerken of accounts naast de berichten zijn opnieuw gelezen",
    ),
    "there is no metric {metric} any more": (
        "det finnes ikke lenger noe måltall {metric}",
        "er is geen cijfer {metric} meer",
    ),
    "the definition is version {now} now, it was {then}: {formula}": (
        "definisjonen er nå versjon {now}, den var {then}: {formula}",
        "de definitie is nu versie {now}, ze was {then}: {formula}",
    ),
    "computed by {now} now, by {then} then": (
        "beregnet av {now} nå, av {then} da",
        "nu berekend door {now}, toen door {then}",
    ),
    "labels are of model {now} now, they were of {then}": (
        "vurderingene er nå fra modellen {now}, de var fra {then}",
        "de oordelen zijn nu van model {now}, ze waren van {then}",
    ),
    "more is known of the model's errors: {now} audited posts now, {then} then": (
        "mer er kjent om modellens feil: {now} kontrollerte innlegg nå, {then} da",
        "er is meer bekend over de fouten van het model: {now} gecontroleerde berichten nu, {then} toen",
    ),
    "not every day was closed then: what came late is in the figure without a restatement": (
        "ikke alle dager var avsluttet da: det som kom sent, er med i tallet uten omregning",
        "niet elke dag was toen afgesloten: wat laat kwam, zit zonder herziening in het cijfer",
    ),
    "the posts are the same; a text was edited or a label changed": (
        "innleggene er de samme; en tekst ble redigert eller en vurdering endret",
        "de berichten zijn dezelfde; een tekst is bewerkt of een oordeel veranderd",
    ),
    "the posts are others: {now:,} now, {then:,} then": (
        "innleggene er andre: {now:,} nå, {then:,} da",
        "het zijn andere berichten: {now:,} nu, {then:,} toen",
    ),
    "{brand} is no longer tracked, so it is no part of the whole": (
        "{brand} følges ikke lenger og er derfor ikke del av helheten",
        "{brand} wordt niet meer gevolgd en is dus geen deel van het geheel",
    ),
    "{brand} is tracked now and was not then": (
        "{brand} følges nå, men ble ikke fulgt da",
        "{brand} wordt nu gevolgd en toen niet",
    ),
    "the query of {brand} is version {now} now, it was {then}: {query}": (
        "søket for {brand} er nå versjon {now}, det var {then}: {query}",
        "de zoekopdracht van {brand} is nu versie {now}, ze was {then}: {query}",
    ),
    "the baseline is in {then} and figures of money are in {now} by now: set the goal anew in {now}, or [money] currency back": (
        "utgangspunktet er i {then}, og beløp er nå i {now}: sett målet på nytt i {now}, eller [money] currency tilbake",
        "de uitgangswaarde is in {then} en bedragen zijn nu in {now}: stel het doel opnieuw in {now}, of zet [money] currency terug",
    ),
}
