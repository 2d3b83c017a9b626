"""Text in, probabilities out: cleaning, the embedded model, any other model, evaluation, training.

Start with `nlp.load.load_labeller`. Importing this package loads nothing heavy; torch and ONNX
Runtime are imported only when a labeller is loaded. This package imports no other package of ours.
"""
