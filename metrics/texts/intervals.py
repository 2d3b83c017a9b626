"""What the intervals of figures are: the catalogue's own words. English: (Norwegian bokmål, Dutch)."""

TEXTS: dict[str, tuple[str, str]] = {
    "95 % for the stream: the window's own chance, and what is not known of the model's errors for this brand": (
        "95 % for strømmen av omtaler: tilfeldigheten i perioden, og det som ikke er kjent om modellens feil for denne merkevaren",
        "95 % voor de stroom vermeldingen: het toeval van de periode, en wat niet bekend is van de fouten van het model voor dit merk",
    ),
    "95 % of what chance gives for independently drawn mentions (Wilson): too narrow where one author posts many times": (
        "95 % av det tilfeldigheten gir for uavhengig trukne omtaler (Wilson): for smalt der én forfatter skriver mange ganger",
        "95 % van wat het toeval geeft voor onafhankelijk getrokken vermeldingen (Wilson): te smal waar één auteur vaak schrijft",
    ),
    "95 % of what chance gives for independently drawn mentions (Bonett and Price)": (
        "95 % av det tilfeldigheten gir for uavhengig trukne omtaler (Bonett og Price)",
        "95 % van wat het toeval geeft voor onafhankelijk getrokken vermeldingen (Bonett en Price)",
    ),
    "95 % for authors drawn with all the brands that they name": (
        "95 % for forfattere trukket med alle merkevarene de nevner",
        "95 % voor auteurs getrokken met alle merken die ze noemen",
    ),
    "95 % of what chance gives for independently drawn authors, each with all their mentions": (
        "95 % av det tilfeldigheten gir for uavhengig trukne forfattere, hver med alle sine omtaler",
        "95 % van wat het toeval geeft voor onafhankelijk getrokken auteurs, elk met al hun vermeldingen",
    ),
    "95 % of what chance gives for independently drawn answers (Wilson)": (
        "95 % av det tilfeldigheten gir for uavhengig trukne svar (Wilson)",
        "95 % van wat het toeval geeft voor onafhankelijk getrokken antwoorden (Wilson)",
    ),
    "95 % of what chance gives for independently drawn answers (Bonett and Price)": (
        "95 % av det tilfeldigheten gir for uavhengig trukne svar (Bonett og Price)",
        "95 % van wat het toeval geeft voor onafhankelijk getrokken antwoorden (Bonett en Price)",
    ),
    "95 % of what chance gives for independently drawn answers (two answers added, one at either end)": (
        "95 % av det tilfeldigheten gir for uavhengig trukne svar (to svar lagt til, ett i hver ende)",
        "95 % van wat het toeval geeft voor onafhankelijk getrokken antwoorden (twee antwoorden toegevoegd, een aan elk uiteinde)",
    ),
    "95 % of what chance gives for independently drawn reviews (two added, one at either end)": (
        "95 % av det tilfeldigheten gir for uavhengig trukne anmeldelser (to lagt til, én i hver ende)",
        "95 % van wat het toeval geeft voor onafhankelijk getrokken recensies (twee toegevoegd, een aan elk uiteinde)",
    ),
    "95 % for authors drawn with all that they say: it allows for one author posting many times": (
        "95 % for forfattere trukket med alt de sier: det tar høyde for at én forfatter skriver mange ganger",
        "95 % voor auteurs getrokken met alles wat ze zeggen: het houdt rekening met één auteur die vaak schrijft",
    ),
    "95 % for the mean of posts like these (Student's t), never below 0; rather less of few posts with a long tail": (
        "95 % for gjennomsnittet av slike innlegg (Students t), aldri under 0; heller mindre for få innlegg med lang hale",
        "95 % voor het gemiddelde van zulke berichten (Students t), nooit onder 0; eerder minder bij weinig berichten met een lange staart",
    ),
    "95 % for the ratio of the two means (log response ratio, Student's t)": (
        "95 % for forholdet mellom de to gjennomsnittene (log response ratio, Students t)",
        "95 % voor de verhouding van de twee gemiddelden (log response ratio, Students t)",
    ),
    "95 %, of the Kaplan-Meier curve": ("95 %, for Kaplan-Meier-kurven", "95 %, van de Kaplan-Meier-curve"),
    "95 %, of the Kaplan-Meier curve; none while more than half may still wait": (
        "95 %, for Kaplan-Meier-kurven; ikke noe så lenge mer enn halvparten fortsatt kan vente",
        "95 %, van de Kaplan-Meier-curve; geen zolang meer dan de helft nog kan wachten",
    ),
    "2 % to 5 % of the followers, which a post usually comes before (followers-2-5-v1): no error bar": (
        "2 % til 5 % av følgerne, som et innlegg vanligvis når (followers-2-5-v1): ingen feilmargin",
        "2 % tot 5 % van de volgers, die een bericht gewoonlijk bereikt (followers-2-5-v1): geen foutmarge",
    ),
}
