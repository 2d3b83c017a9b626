"""The formulas of the metrics, pure functions in one file per subject; metrics/catalogue/ names them."""
