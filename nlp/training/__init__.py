"""How the embedded model is made; needs torch and the base packages named in `nlp.train`."""
