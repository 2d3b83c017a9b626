"""The bundled demo: invented posts about invented brands, so that everything can be tried without a key or a
network.

`sample` hands the posts out, moved to end now; `make_sample` writes the file that holds them; `phrases/` is
what the people in it say.
"""
